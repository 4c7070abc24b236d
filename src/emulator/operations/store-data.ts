import type { DataFiles, DataWriter } from '../store/data-files.ts'

/**
 * Fills a new data file and then records it, in one: `fill` writes the bytes, `record` names the file in a record, in one
 * synchronous step. If either fails, the bytes are gone again.
 */
export async function storeData<Filled, Result>(
  data: DataFiles,
  fill: (writer: DataWriter) => Promise<Filled>,
  record: (filled: Filled, file: string | null) => Result,
): Promise<Result> {
  const writer = await data.create()
  let filled: Filled
  try {
    filled = await fill(writer)
    await writer.close()
  } catch (error) {
    await writer.drop()
    throw error
  }
  try {
    return record(filled, writer.file)
  } catch (error) {
    if (writer.file !== null) await data.remove([writer.file])
    throw error
  }
}
