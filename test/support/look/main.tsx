import '../../../src/renderer/base.css'
import { createRoot } from 'react-dom/client'
import { App } from '../../../src/renderer/App.tsx'
import { listen } from '../../../src/renderer/data/listen.ts'
import { createServices } from '../../../src/renderer/data/services.tsx'
import { createWords } from '../../../src/renderer/i18n/create-words.ts'
import { adoptTheme } from '../../../src/renderer/theme.ts'
import { fakeEngine } from '../fake-engine.ts'
import { scenarios } from './scenarios.ts'

const parameters = new URLSearchParams(location.search)
const engine = fakeEngine(scenarios[parameters.get('scenario') ?? 'every-state'] ?? {})
const words = createWords()
if (parameters.get('direction') === 'rtl') {
  document.documentElement.dir = 'rtl'
  words.dir = () => 'rtl'
}

const services = createServices(engine.api, Date.now)
adoptTheme(document)
listen(services)
createRoot(document.getElementById('root') as HTMLElement).render(<App services={services} words={words} />)
setTimeout(engine.start, 300)
