import type { InvitationResponse } from '../../../shared/broker-invitations.ts'
import { brokerOf } from './broker.ts'
import type { FileRow } from './file-row.ts'
import { filesOfDrop, filesOfInput, type PickedFile } from './picked-files.ts'
import { openSavedSends } from './saved-sends.ts'
import { startSending } from './start-sending.ts'
import { words } from './words.ts'

const by = <Found extends HTMLElement>(id: string): Found => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`a page without ${id}`)
  return found as Found
}

const close = (reason: keyof typeof words.closed) => {
  const { title, text } = words.closed[reason]
  by('title').textContent = title
  by('closed').textContent = text
  document.title = title
  by('closed').hidden = false
}

const isReason = (code: string): code is keyof typeof words.closed => Object.hasOwn(words.closed, code)

const describe = (invitation: InvitationResponse) => {
  const { from, brokerName, purpose, note, maxFiles, maxBytes, usedFiles, usedBytes, limits, expiresAt } = invitation
  const facts = [
    words.limits(maxFiles, maxBytes),
    ...(usedFiles > 0 ? [words.used(usedFiles, usedBytes)] : []),
    ...(limits.maxSize < maxBytes ? [words.largest(limits.maxSize)] : []),
    ...(limits.contentTypes ? [words.types(limits.contentTypes)] : []),
    words.until(expiresAt),
  ]
  document.title = words.title(from)
  by('title').textContent = words.title(from)
  by('to').textContent = words.to(brokerName, purpose.label)
  by('note').textContent = note
  by('note').hidden = note === ''
  by('facts').replaceChildren(
    ...facts.map((fact) => {
      const item = document.createElement('li')
      item.textContent = fact
      return item
    }),
  )
}

/** Runs `refresh` whenever it is asked to, one at a time, and once for all that was asked in the meantime. */
const refreshing = (refresh: () => Promise<void>): (() => Promise<void>) => {
  let isRunning = false
  let isAsked = false
  return async () => {
    isAsked = true
    if (isRunning) return
    isRunning = true
    while (isAsked) {
      isAsked = false
      await refresh()
    }
    isRunning = false
  }
}

/** What is true of all files together, once it changes; and a warning for whoever leaves while bytes are under way. */
const status = (rows: readonly FileRow[]) => {
  const count = (...kinds: string[]) => rows.filter((row) => kinds.includes(row.state().is)).length
  const busy = count('waiting', 'sending', 'checking')
  const needing = count('failed', 'again')
  const sentence =
    busy > 0
      ? words.status.sending(busy)
      : needing > 0
        ? words.status.attention(needing)
        : rows.length > 0
          ? words.status.all(rows.length)
          : ''
  if (by('status').textContent !== sentence) by('status').textContent = sentence
  window.onbeforeunload = busy > 0 ? (event) => event.preventDefault() : null
}

const write = () => {
  const texts: Readonly<Record<string, string>> = words.page
  for (const element of document.querySelectorAll<HTMLElement>('[data-words]')) {
    element.textContent = texts[element.dataset.words ?? ''] ?? ''
  }
  by('files').setAttribute('aria-label', words.files)
  by('title').textContent = words.opening
}

const main = async () => {
  write()
  const token = location.hash.slice(1)
  if (token === '') {
    close('noToken')
    return
  }
  const broker = brokerOf(token)
  const answer = await broker.invitation()
  if (!answer.ok) {
    close(isReason(answer.trouble) ? answer.trouble : 'unavailable')
    return
  }
  const invitation = answer.value
  describe(invitation)

  const oneFile = by<HTMLInputElement>('one-file')
  const refuse = (sentence: string) => {
    by('refusal').textContent = sentence
    by('refusal').hidden = sentence === ''
  }
  const refresh = refreshing(async () => {
    const now = await broker.invitation()
    if (now.ok) describe(now.value)
  })
  const sending = await startSending({
    broker,
    invitation,
    sends: await openSavedSends(invitation.id),
    showRow: (row) => {
      by('files').append(row.element)
      by('files').hidden = false
    },
    refuse,
    chooseOne: (onChosen) => {
      oneFile.onchange = () => {
        const [file] = oneFile.files ?? []
        oneFile.value = ''
        if (file) onChosen(file)
      }
      oneFile.click()
    },
    onChange: status,
    onSettled: refresh,
  })
  const add = async (picked: PickedFile[] | Promise<PickedFile[]>) => {
    refuse('')
    try {
      await sending.add(await picked)
    } catch {
      refuse(words.refused.unreadable)
    }
  }

  for (const [button, input] of [
    ['choose-files', 'some-files'],
    ['choose-folder', 'folder'],
  ] as const) {
    const field = by<HTMLInputElement>(input)
    by(button).addEventListener('click', () => field.click())
    field.addEventListener('change', () => {
      const picked = filesOfInput(field)
      field.value = ''
      void add(picked)
    })
  }
  window.addEventListener('dragover', (event) => {
    event.preventDefault()
    by('drop').dataset.over = ''
  })
  window.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) delete by('drop').dataset.over
  })
  window.addEventListener('drop', (event) => {
    event.preventDefault()
    delete by('drop').dataset.over
    if (event.dataTransfer) void add(filesOfDrop(event.dataTransfer))
  })
  // not before all of it works
  by('open').hidden = false
}

window.addEventListener('hashchange', () => location.reload())
await main()
