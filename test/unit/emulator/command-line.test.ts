import { describe, expect, test } from 'vitest'
import { parseCommandLine, parseSize } from '../../../src/emulator/command-line.ts'

describe("The emulator's command line", () => {
  test.each([
    ['1000', 1_000],
    ['40MB', 40_000_000],
    ['5MiB', 5_242_880],
    ['1.5 GB', 1_500_000_000],
    ['64kib', 65_536],
    ['', null],
    ['-1', null],
    ['40XB', null],
    ['1e9', null],
    ['9999999GiB', null],
  ])('reads the size "%s"', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  test('has a default for everything', () => {
    expect(parseCommandLine([])).toEqual({
      kind: 'run',
      commandLine: {
        port: 0,
        directory: null,
        bucket: null,
        bytesPerSecond: null,
        discard: false,
        minPartSize: 5_242_880,
        faults: false,
      },
    })
  })

  test('takes all flags', () => {
    const flags = '--port 9000 --dir d --bucket uploads --rate 40MB --discard --min-part-size 1 --faults'.split(' ')
    expect(parseCommandLine(flags)).toEqual({
      kind: 'run',
      commandLine: {
        port: 9_000,
        directory: 'd',
        bucket: 'uploads',
        bytesPerSecond: 40_000_000,
        discard: true,
        minPartSize: 1,
        faults: true,
      },
    })
  })

  test.each([
    [['--port', '65536'], '--port'],
    [['--port', 'http'], '--port'],
    [['--rate', '0'], '--rate'],
    [['--rate', 'fast'], '--rate'],
    [['--min-part-size', 'x'], '--min-part-size'],
    [['--dir', ''], '--dir'],
    [['--bucket', '../up'], '--bucket'],
    [['--nonsense'], '--nonsense'],
    [['stray'], 'stray'],
  ])('refuses %j and names what is wrong', (flags, named) => {
    expect(parseCommandLine(flags)).toMatchObject({ kind: 'refused', message: expect.stringContaining(named) })
  })
})
