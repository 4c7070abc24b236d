import { render, screen } from '@testing-library/react'
import { App } from '../../../../src/renderer/App.tsx'
import { listen } from '../../../../src/renderer/data/listen.ts'
import { createServices } from '../../../../src/renderer/data/services.tsx'
import { createWords } from '../../../../src/renderer/i18n/create-words.ts'
import type { PageName } from '../../../../src/renderer/shell/page-name.ts'
import { type FakeEngineState, fakeEngine } from '../../../support/fake-engine.ts'
import '../../../support/page-patience.ts'

/** The page over a fake engine; `inputsOf` are what a command was asked with so far, `end` lets go of the engine. */
export const openPage = async (page: PageName, state: FakeEngineState = {}) => {
  const engine = fakeEngine(state)
  const services = createServices(engine.api, Date.now)
  const end = listen(services)
  window.location.hash = page
  render(<App services={services} words={createWords()} />)
  await screen.findByRole('navigation')
  const inputsOf = (name: string) => engine.calls.filter(({ command }) => command === name).map(({ input }) => input)
  return { engine, inputsOf, end }
}
