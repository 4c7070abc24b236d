import { PasswordInput, TextInput } from '@mantine/core'
import { Globe, KeyRound, ShieldCheck } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Trans, useTranslation } from 'react-i18next'
import type { Failure } from '../../shared/failure.ts'
import { longestInvitationLink, readInvitationLink } from '../../shared/invitation-link.ts'
import type { AboutBroker } from '../../shared/ipc.ts'
import type { SignInRequest } from '../../shared/session.ts'
import appIcon from '../assets/app-icon.svg'
import { useAppInfo } from '../data/queries.ts'
import { useServices } from '../data/services.tsx'
import { Button } from '../shell/Button.tsx'
import { brokerAddress } from './broker-address.ts'
import classes from './first-run.module.css'
import { invitationWordsOf } from './invitation-words.ts'
import { Step } from './Step.tsx'

type FirstRunProps = {
  /** The broker of a sign-in that ended. */
  knownBrokerUrl: string | null
  onSignedIn: () => void
  onBack: (() => void) | null
}

/** The way in: whose broker, who you are, and then the first file. */
export const FirstRun = ({ knownBrokerUrl, onSignedIn, onBack }: FirstRunProps) => {
  const { t } = useTranslation()
  const { api } = useServices()
  const suggested = useAppInfo().data?.suggestedBrokerUrl
  const [address, setAddress] = useState(knownBrokerUrl ?? suggested ?? '')
  const [broker, setBroker] = useState<AboutBroker | null>(null)
  const [token, setToken] = useState('')
  const [failure, setFailure] = useState<Failure | null>(null)
  const [asking, setAsking] = useState(false)

  const ask = async (request: () => Promise<Failure | null>) => {
    setAsking(true)
    setFailure(null)
    setFailure(await request().catch((): Failure => ({ kind: 'engine_unavailable', detail: null })))
    setAsking(false)
  }
  const link = broker === null ? readInvitationLink(address) : null
  const signInWith = (request: SignInRequest) =>
    void ask(async () => {
      const answer = await api.session.signIn(request)
      if (!answer.ok) return answer.failure
      onSignedIn()
      return null
    })
  const askBroker = (event: FormEvent) => {
    event.preventDefault()
    if (address.trim() === '' || link === 'incomplete') return
    if (link !== null) {
      signInWith(link)
      return
    }
    void ask(async () => {
      const answer = await api.session.about({ brokerUrl: brokerAddress(address) })
      if (!answer.ok) return answer.failure
      setBroker(answer.value)
      return null
    })
  }
  const signIn = (event: FormEvent) => {
    event.preventDefault()
    if (!broker || token.trim() === '') return
    signInWith({ brokerUrl: broker.brokerUrl, token: token.trim() })
  }
  const tokenIsUnknown = broker !== null && failure?.kind === 'signed_out'
  const failureWords = tokenIsUnknown
    ? t('firstRun.signIn.refused')
    : (invitationWordsOf(t, link, failure) ??
      (failure && (
        <>
          {t(`failures.${failure.kind}.happened`)} {t(`failures.${failure.kind}.todo`)}
        </>
      )))

  return (
    <main className={classes.page}>
      <div className={classes.column}>
        <header className={classes.welcome}>
          <img src={appIcon} alt="" width={52} height={52} />
          <div>
            <h1>{t('firstRun.title')}</h1>
            <p>{t('firstRun.promise')}</p>
          </div>
        </header>
        <ol className={classes.card}>
          <Step
            number={1}
            state={broker ? 'done' : 'now'}
            title={t('firstRun.broker.title')}
            text={t('firstRun.broker.text')}
          >
            {broker ? (
              <p className={classes.answered}>
                <ShieldCheck size={16} strokeWidth={1.75} aria-hidden />
                <span>
                  <Trans
                    i18nKey={
                      broker.brokerUrl.startsWith('https:')
                        ? 'firstRun.broker.answeredSecure'
                        : 'firstRun.broker.answeredLocal'
                    }
                    values={{ broker: broker.name }}
                  />
                </span>
                <Button size="small" className={classes.change ?? ''} onClick={() => setBroker(null)}>
                  {t('firstRun.broker.change')}
                </Button>
              </p>
            ) : (
              <form className={classes.form} onSubmit={askBroker}>
                <TextInput
                  aria-label={t('firstRun.broker.title')}
                  placeholder={t('firstRun.broker.placeholder')}
                  leftSection={<Globe size={16} strokeWidth={1.75} aria-hidden />}
                  size="md"
                  className={classes.field ?? ''}
                  autoFocus
                  spellCheck={false}
                  maxLength={longestInvitationLink}
                  value={address}
                  error={failureWords}
                  onChange={(event) => setAddress(event.currentTarget.value)}
                />
                <Button look="filled" size="large" type="submit" disabled={asking}>
                  {t('firstRun.broker.continue')}
                </Button>
              </form>
            )}
          </Step>
          <Step
            number={2}
            state={broker ? 'now' : 'later'}
            title={t('firstRun.signIn.title')}
            text={broker ? t('firstRun.signIn.paste') : t('firstRun.signIn.text')}
          >
            {broker && (
              <form className={classes.form} onSubmit={signIn}>
                <PasswordInput
                  aria-label={t('firstRun.signIn.label')}
                  leftSection={<KeyRound size={16} strokeWidth={1.75} aria-hidden />}
                  visibilityToggleButtonProps={{ 'aria-label': t('firstRun.signIn.show') }}
                  size="md"
                  className={classes.field ?? ''}
                  autoFocus
                  autoComplete="off"
                  spellCheck={false}
                  maxLength={16_384}
                  value={token}
                  error={failureWords}
                  onChange={(event) => setToken(event.currentTarget.value)}
                />
                <Button look="filled" size="large" type="submit" disabled={asking}>
                  {t('firstRun.signIn.button')}
                </Button>
              </form>
            )}
          </Step>
          <Step number={3} state="later" title={t('firstRun.drop.title')} text={t('firstRun.drop.text')} />
        </ol>
        <footer className={classes.footer}>
          <span>{t('firstRun.noAddress')}</span>
          {onBack && <Button onClick={onBack}>{t('firstRun.back')}</Button>}
        </footer>
      </div>
    </main>
  )
}
