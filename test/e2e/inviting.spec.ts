import { randomBytes } from 'node:crypto'
import { startBroker } from '../../src/broker/start-broker.ts'
import { readInvitationLink } from '../../src/shared/invitation-link.ts'
import { expect, test } from '../support/electron-app.ts'

test('a link that is made in the app reaches the clipboard whole, works, and is taken back', async ({
  services,
  openApp,
}) => {
  const { endpoint, region, accessKeyId, secretAccessKey } = services.store
  const token = randomBytes(16).toString('hex')
  await using opened = new AsyncDisposableStack()
  const broker = await startBroker(
    {
      port: 0,
      publicUrl: 'https://send.example',
      signingSecret: randomBytes(32).toString('hex'),
      tokens: [{ token, subject: 'one', label: 'One' }],
      store: { bucket: services.bucket, region, endpoint, addressing: 'path' },
      sts: { endpoint },
      awsCredentials: { accessKeyId, secretAccessKey },
      purposes: [{ name: 'guests', label: 'From outside', kind: 'presigned_multipart', invitations: true }],
      logLevel: 'silent',
    },
    { now: Date.now },
  )
  opened.defer(() => broker.close())
  const { page, electron } = await openApp({ brokerUrl: broker.url, token })
  await page.getByRole('button', { name: 'Invite…' }).click()
  await page.getByRole('textbox', { name: 'Note' }).fill('The recordings of Tuesday, please.')
  await page.getByRole('button', { name: 'Make link' }).click()
  await expect(page.getByRole('button', { name: 'Copy', exact: true })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
  const link = await electron.evaluate(({ clipboard }) => clipboard.readText())
  expect(link).toBe(await page.getByRole('textbox', { name: 'Link' }).inputValue())

  const read = readInvitationLink(link)
  if (read === null || read === 'incomplete') throw new Error('not the link of an invitation')
  const ask = async () => {
    const answer = await fetch(`${broker.url}/v1/invitation`, { headers: { authorization: `Bearer ${read.token}` } })
    return answer.json()
  }
  expect(await ask()).toMatchObject({ from: 'One', note: 'The recordings of Tuesday, please.', maxFiles: 100 })
  await page.getByRole('button', { name: 'Take back' }).click()
  await expect(page.getByText('The link no longer works')).toBeVisible()
  expect(await ask()).toMatchObject({ code: 'revoked' })
})
