import { expect, it } from 'vitest'
import { createAccounts } from '../../../../../src/main/engine/db/accounts.ts'
import { temporaryDatabase } from '../../../../support/temporary-queue.ts'

const ada = { brokerUrl: 'https://broker.example', subject: 'ada', label: 'Ada' }

it('a person at a broker is one account, also under a new label', () => {
  const database = temporaryDatabase()
  const accounts = createAccounts(database)
  const id = accounts.idOf(ada)
  expect(accounts.idOf({ ...ada, label: 'Ada L.' })).toBe(id)
  expect(database.prepare('SELECT * FROM accounts').all()).toEqual([
    { id, broker_url: ada.brokerUrl, subject: 'ada', label: 'Ada L.' },
  ])
})

it('another person, and the same name at another broker, are other accounts', () => {
  const accounts = createAccounts(temporaryDatabase())
  const ids = [ada, { ...ada, subject: 'grace' }, { ...ada, brokerUrl: 'https://other.example' }].map(accounts.idOf)
  expect(new Set(ids).size).toBe(3)
})
