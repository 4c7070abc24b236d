import { afterEach, describe, expect, test } from 'vitest'
import { gates } from '../../../scripts/gates.ts'
import { gateFixture } from '../../support/gate-fixture.ts'

let remove = async (): Promise<void> => undefined
afterEach(() => remove())

async function check(name: string, files: Readonly<Record<string, string>>) {
  const fixture = await gateFixture(files)
  remove = fixture.remove
  return gates.find((gate) => gate.name === name)?.check(fixture.root)
}

/** For each gate a source that it must not let through, and a word of what it says then. */
const breaks: Readonly<Record<string, { readonly files: Readonly<Record<string, string>>; readonly says: string }>> = {
  types: { files: { 'src/shared/wrong.ts': "export const wrong: number = 'text'\n" }, says: 'TS2322' },
  'types of the page': {
    files: { 'src/renderer/wrong.ts': 'export const folder = process.cwd()\n' },
    says: 'src/renderer/wrong.ts',
  },
  'format and lint': { files: { 'src/shared/wrong.ts': 'var   wrong = 1;\n' }, says: 'wrong.ts' },
  'import rules': { files: { 'src/shared/wrong.ts': "import 'react'\n" }, says: 'shared: src/shared/wrong.ts' },
  'nothing unused': { files: { 'src/shared/wrong.ts': 'export const wrong = 1\n' }, says: 'wrong.ts' },
}

describe.each(gates.map(({ name }) => name))('the gate "%s"', (name) => {
  test('lets clean source through', async () => {
    expect(await check(name, {})).toMatchObject({ passed: true })
  })

  test('turns red for what it is there for', async () => {
    const { files, says } = breaks[name] ?? { files: {}, says: 'no fixture' }
    const verdict = await check(name, files)
    expect(verdict?.passed).toBe(false)
    expect(verdict?.output).toContain(says)
  })
})
