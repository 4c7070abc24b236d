import { expect, test } from 'vitest'
import { pathBelow } from '../../../../src/renderer/folders/path-below.ts'

const onWindows = 'C:\\Users\\studio\\Shoot'
test.each([
  ['/home/studio/Shoot', 'roll-07/preview.tmp', 'roll-07/preview.tmp'],
  ['/home/studio/Shoot', '  ./roll-07/ ', 'roll-07/'],
  ['/home/studio/Shoot', '/home/studio/Shoot/roll-07/a\\b.tmp', 'roll-07/a\\b.tmp'],
  ['/home/studio/Shoot/', '/home/studio/Shoot/a.tmp', 'a.tmp'],
  ['/home/studio/Shoot', '/home/studio/Shoots/a.tmp', null],
  ['/home/studio/Shoot', '/home/studio/Shoot/', null],
  ['/home/studio/Shoot', '   ', null],
  ['/home/studio/Shoot', '.', null],
  ['/home/studio/Shoot', '../a.tmp', null],
  ['/home/studio/Shoot', 'roll-07/../../a.tmp', null],
  ['/home/studio/Shoot', '/home/studio/Shoot/roll-07//../roll-08/./a.tmp', 'roll-08/a.tmp'],
  ['/home/studio/Shoot', '..a/b..', '..a/b..'],
  [onWindows, 'roll-07\\preview.tmp', 'roll-07/preview.tmp'],
  [onWindows, 'C:\\Users\\studio\\Shoot\\roll-07\\preview.tmp', 'roll-07/preview.tmp'],
  [onWindows, 'D:\\preview.tmp', null],
])('In %s, what was typed as "%s" is %s.', (folder, typed, path) => {
  expect(pathBelow(folder, typed)).toBe(path)
})
