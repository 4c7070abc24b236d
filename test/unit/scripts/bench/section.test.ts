import { expect, test } from 'vitest'
import { markdownOf, type Section, withSection } from '../../../../scripts/bench/section.ts'

const section: Section = {
  title: 'Speed',
  about: 'What was done.',
  tables: [
    {
      header: ['client', 'seconds'],
      rows: [
        ['engine', '9.5'],
        ['other', '10.25'],
      ],
    },
  ],
  targets: [
    { text: 'fast.', met: true },
    { text: 'small.', met: false },
  ],
}

const origin = { command: 'npm run bench:engine', at: Date.UTC(2030, 0, 2, 12), othersCores: 0.04 }

test('a section says its command and machine, and has a table that can be read as it is', () => {
  const [heading, run, ...rest] = markdownOf(section, origin).split('\n\n')
  expect(heading).toBe('## Speed')
  expect(run).toMatch(
    /^`npm run bench:engine`, on 2030-01-02: \d+ cores \(others used 0\.0 of them meanwhile\), \d+ GiB of memory, Node [\d.]+\.$/,
  )
  expect(rest).toEqual([
    'What was done.',
    '| client | seconds |\n|--------|--------:|\n| engine |     9.5 |\n| other  |   10.25 |',
    '- Met: fast.\n- **Not met**: small.',
  ])
})

test('a section takes the place of the one with its title and leaves the others as they are', () => {
  const page = '# Figures\n\nAll of them.\n\n## Memory\n\nold\n\n## Speed\n\nold\n\n## Speed of others\n\nold\n'
  expect(withSection(page, '## Speed\n\nnew')).toBe(
    '# Figures\n\nAll of them.\n\n## Memory\n\nold\n\n## Speed\n\nnew\n\n## Speed of others\n\nold\n',
  )
})

test('a section that is not there yet comes last', () => {
  expect(withSection('# Figures\n', '## Speed\n\nnew')).toBe('# Figures\n\n## Speed\n\nnew\n')
})
