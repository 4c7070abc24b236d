/** A file that was dropped or chosen, with its folders below what was dropped. */
export type PickedFile = { readonly file: File; readonly path: string }

export const filesOfInput = ({ files }: HTMLInputElement): PickedFile[] =>
  [...(files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }))

/** Every file of a drop, also within folders. To be called before the drop's event is over. */
export const filesOfDrop = async ({ items }: DataTransfer): Promise<PickedFile[]> => {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  return (await Promise.all(entries.map((entry) => filesOfEntry(entry)))).flat()
}

const filesOfEntry = async (entry: FileSystemEntry): Promise<PickedFile[]> => {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    return [{ file, path: entry.fullPath.replace(/^\//, '') }]
  }
  const entries = isFolder(entry) ? await entriesOf(entry.createReader()) : []
  return (await Promise.all(entries.map((inner) => filesOfEntry(inner)))).flat()
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory

/** A reader answers with a few at a time, and with none at the end. */
const entriesOf = async (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> => {
  const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
  return some.length === 0 ? [] : [...some, ...(await entriesOf(reader))]
}
