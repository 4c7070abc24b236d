import { expect, test } from 'vitest'
import { missingPackages, type System } from '../../../scripts/system-libraries.ts'

const complete: System = {
  loaderCache: ['libgtk-3.so.0', 'libnss3.so', 'libgbm.so.1', 'libasound.so.2', 'libXss.so.1']
    .map((file) => `\t${file} (libc6,x86-64) => /usr/lib/${file}\n`)
    .join(''),
  programs: ['Xvfb', 'xauth'],
  hasFonts: true,
  hasDisplay: false,
}

test('a system that has everything lacks nothing', () => {
  expect(missingPackages(complete)).toEqual([])
})

test('a bare system lacks everything, under the name of either Debian release', () => {
  const bare = { loaderCache: '', programs: [], hasFonts: false, hasDisplay: false }
  expect(missingPackages(bare)).toEqual([
    ['libgtk-3-0t64', 'libgtk-3-0'],
    ['libnss3'],
    ['libgbm1'],
    ['libasound2t64', 'libasound2'],
    ['libxss1'],
    ['xvfb'],
    ['xauth'],
    ['fonts-dejavu-core'],
  ])
})

test('one that has a display needs no virtual one', () => {
  expect(missingPackages({ ...complete, programs: [], hasDisplay: true })).toEqual([])
})

test('a library of a similar name does not count', () => {
  const loaderCache = complete.loaderCache.replace('libnss3.so ', 'libnss3.so.1d ')
  expect(missingPackages({ ...complete, loaderCache })).toEqual([['libnss3']])
})
