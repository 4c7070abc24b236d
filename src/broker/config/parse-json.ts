import { ok, type Result } from '../../shared/failure.ts'

/** What a text of JSON says; the failure tells where it is wrong, if the parser knows, and nothing that is written there. */
export const parseJson = (text: string): Result<unknown, string> => {
  try {
    return ok(JSON.parse(text))
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)$/.exec((error as Error).message) ?? []
    return { ok: false, failure: line === undefined ? 'is not JSON' : `is not JSON (line ${line}, column ${column})` }
  }
}
