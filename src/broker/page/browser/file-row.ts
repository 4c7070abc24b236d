import type { Trouble } from './answer.ts'
import { bytesText, percentText } from './measures.ts'
import { words } from './words.ts'

/**
 * What a row says of its file. Bytes: `stored` were acknowledged, `underWay` are sent besides. `isAnew`: what was sent
 * before counts no more.
 */
export type RowState =
  | { readonly is: 'waiting' | 'checking' | 'arrived' }
  | {
      readonly is: 'sending'
      readonly stored: number
      readonly underWay: number
      readonly held: Trouble | null
      readonly isAnew: boolean
    }
  | { readonly is: 'again'; readonly stored: number }
  | { readonly is: 'failed'; readonly trouble: Trouble }

export type FileRow = {
  readonly element: HTMLElement
  readonly state: () => RowState
  readonly show: (state: RowState) => void
}

type Actions = { readonly onRetry: () => void; readonly onChooseAgain: () => void; readonly onRemove: () => void }

/** The row of one file: its name, its bar, and what can be done with it. */
export const fileRow = (file: { readonly path: string; readonly size: number }, actions: Actions): FileRow => {
  const template = document.querySelector<HTMLTemplateElement>('#file-row')
  const element = template?.content.firstElementChild?.cloneNode(true)
  if (!(element instanceof HTMLElement)) throw new Error('a page without its template')
  const part = <Part extends HTMLElement>(name: string) => {
    const found = element.querySelector<Part>(`[data-part="${name}"]`)
    if (found === null) throw new Error(`a row without ${name}`)
    return found
  }
  const bar = part('bar')
  const stored = part('stored')
  const underWay = part('under-way')
  part('name').textContent = file.path
  part('size').textContent = bytesText(file.size)
  bar.setAttribute('aria-label', file.path)

  const button = (name: string, label: string, accessible: string, act: () => void) => {
    const found = part<HTMLButtonElement>(name)
    found.textContent = label
    found.setAttribute('aria-label', accessible)
    found.addEventListener('click', act)
    return found
  }
  const retry = button('retry', words.buttons.tryAgain, words.tryAgain(file.path), actions.onRetry)
  const again = button('again', words.buttons.chooseAgain, words.chooseAgain(file.path), actions.onChooseAgain)
  const remove = button('remove', words.buttons.remove, words.remove(file.path), actions.onRemove)

  let state: RowState = { is: 'waiting' }
  const show = (next: RowState) => {
    state = next
    const acknowledged = storedOf(next, file.size)
    const percent = percentText(acknowledged, file.size)
    element.dataset.state = next.is === 'sending' && next.held !== null ? 'held' : next.is
    part('words').textContent = wordsOf(next)
    part('percent').textContent = next.is !== 'checking' && hasBar(next) ? percent : ''
    bar.hidden = !hasBar(next)
    bar.setAttribute('aria-valuenow', String(Number.parseInt(percent, 10)))
    bar.setAttribute('aria-valuetext', words.progress(acknowledged, file.size))
    stored.style.inlineSize = share(acknowledged, file.size)
    underWay.style.inlineSize = share(next.is === 'sending' ? next.underWay : 0, file.size)
    retry.hidden = next.is !== 'failed'
    again.hidden = next.is !== 'again'
    remove.hidden = next.is === 'arrived' || next.is === 'checking'
  }
  show(state)
  return { element, state: () => state, show }
}

const share = (bytes: number, size: number): string => `${size === 0 ? 0 : (bytes / size) * 100}%`

const hasBar = ({ is }: RowState): boolean => is === 'sending' || is === 'again' || is === 'checking'

const storedOf = (state: RowState, size: number): number => {
  if (state.is === 'checking') return size
  return state.is === 'sending' || state.is === 'again' ? state.stored : 0
}

const wordsOf = (state: RowState): string => {
  switch (state.is) {
    case 'waiting':
      return words.states.waiting
    case 'sending':
      if (state.held !== null) return state.held === 'network' ? words.states.network : words.states.busy
      if (state.isAnew) return words.states.anew
      return state.stored + state.underWay === 0 ? words.states.reading : words.states.sending
    case 'checking':
      return words.states.checking
    case 'arrived':
      return words.states.arrived
    case 'again':
      return words.states.again(state.stored)
    case 'failed':
      return words.states.failed(state.trouble)
  }
}
