import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** What fails with a file from now on, with which code of the system. */
type FileFaults = { readonly open?: string; readonly read?: string; readonly close?: string }

/** Makes what this process does with single files fail, as a bad disk, a lost permission or too many handles would. */
export type FaultyFiles = Disposable & {
  /** Also of a file that is open already; `{}` ends it. */
  fail(path: string, faults: FileFaults): void
}

export function faultyFiles(): FaultyFiles {
  const { open } = files
  const faultsOf = new Map<string, FileFaults>()
  const check = (path: string, what: keyof FileFaults) => {
    const code = faultsOf.get(path)?.[what]
    if (code !== undefined)
      throw Object.assign(new Error(`${code}: ordered, ${what} '${path}'`), { code, syscall: what })
  }
  files.open = async (path, ...how) => {
    check(String(path), 'open')
    const file = await open(path, ...how)
    const read = file.read.bind(file)
    const checkedRead = async (...given: never[]) => {
      check(String(path), 'read')
      return Reflect.apply(read, file, given)
    }
    const close = file.close.bind(file)
    const checkedClose = async () => {
      await close()
      check(String(path), 'close')
    }
    return Object.assign(file, { read: checkedRead, close: checkedClose })
  }
  syncBuiltinESMExports()
  return {
    fail(path, faults) {
      faultsOf.set(path, faults)
    },
    [Symbol.dispose]() {
      files.open = open
      syncBuiltinESMExports()
    },
  }
}
