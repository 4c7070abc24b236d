import { ArrowRight, Folder, FolderSync, HardDrive, type LucideIcon, Pause, Play, RotateCw } from 'lucide-react'
import { useId } from 'react'
import { Trans, useTranslation } from 'react-i18next'
import type { FolderView } from '../../shared/folder.ts'
import { useServices } from '../data/services.tsx'
import { useNow } from '../data/use-now.ts'
import { Button } from '../shell/Button.tsx'
import { transfersAddress } from '../shell/page-name.ts'
import type { Tone } from '../transfers/appearance.ts'
import { visibleName } from '../transfers/file-name.ts'
import { agoWords } from '../transfers/time-words.ts'
import { FolderMenu } from './FolderMenu.tsx'
import { FolderProblems } from './FolderProblems.tsx'
import { FolderState } from './FolderState.tsx'
import classes from './folder-card.module.css'
import { folderSentence, folderToneOf, shownCounts } from './folder-words.ts'
import type { FolderActions } from './use-folder-actions.ts'

type FolderCardProps = {
  folder: FolderView
  /** The label of its purpose. */
  place: string
  actions: FolderActions
}

const signs: Readonly<Partial<Record<Tone, LucideIcon>>> = { working: FolderSync, waiting: HardDrive }
const icon = { size: 15, strokeWidth: 1.75, 'aria-hidden': true } as const

/** One watched folder: what it is doing, where its files go, how many there are of each kind. */
export const FolderCard = ({ folder, place, actions }: FolderCardProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const now = useNow(60_000)
  const nameId = useId()
  const { activity, counts, lookedAt, path, problems } = folder
  const tone = folderToneOf(activity)
  const Sign = signs[tone] ?? Folder
  const sentence = folderSentence(t, formats, folder, now)

  return (
    <li className={classes.card} aria-labelledby={nameId} data-state={activity.state}>
      <span className={classes.sign} data-tone={tone}>
        <Sign size={20} strokeWidth={1.75} aria-hidden />
      </span>
      <div>
        <div className={classes.title}>
          <h2 id={nameId} className={classes.name}>
            <bdi dir="auto">{visibleName(folder.name)}</bdi>
          </h2>
          <FolderState activity={activity} />
        </div>
        <p className={classes.way}>
          <bdi dir="ltr">{visibleName(path)}</bdi>{' '}
          <span className={classes.to}>
            <ArrowRight size={13} strokeWidth={1.75} aria-hidden />
            <span className="visually-hidden">{t('folders.goesTo')}</span> <bdi>{place}</bdi>
          </span>
        </p>
      </div>
      <div className={classes.actions}>
        {activity.state === 'paused' ? (
          <Button size="small" onClick={() => actions.resume(folder)} aria-describedby={nameId}>
            <Play {...icon} />
            {t('folders.resume')}
          </Button>
        ) : activity.state === 'unavailable' ? (
          <Button size="small" onClick={() => actions.lookAgain(folder)} aria-describedby={nameId}>
            <RotateCw {...icon} />
            {t('folders.checkAgain')}
          </Button>
        ) : (
          <Button size="small" onClick={() => actions.pause(folder)} aria-describedby={nameId}>
            <Pause {...icon} />
            {t('folders.pause')}
          </Button>
        )}
        <FolderMenu folder={folder} actions={actions} />
      </div>
      <div className={classes.details}>
        {sentence !== null && <p className={classes.sentence}>{sentence}</p>}
        <FolderProblems problems={problems} />
        <ul className={classes.counts}>
          {shownCounts(counts).map(({ name, count }) => (
            <li key={name} data-count={name}>
              {name === 'failed' ? (
                <a href={transfersAddress('failed')} title={t('folders.showFailed')}>
                  <Trans i18nKey="folders.counts.failed" count={count} />
                </a>
              ) : (
                <Trans i18nKey={`folders.counts.${name}`} count={count} />
              )}
            </li>
          ))}
          {lookedAt !== null && (
            <li className={classes.looked}>
              {t('folders.lookedThrough', { ago: agoWords(t, formats, lookedAt, now) })}
            </li>
          )}
        </ul>
      </div>
    </li>
  )
}
