import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useServices } from '../data/services.tsx'
import { Choice } from './Choice.tsx'
import { SpeedField } from './SpeedField.tsx'
import classes from './speed-limit.module.css'

type SpeedLimitProps = { limit: number | null; onLimit: (limit: number | null) => void }

const firstLimit = 10_000_000

/** No limit, or one in MB a second; the last one is remembered while the page is open. */
export const SpeedLimit = ({ limit, onLimit }: SpeedLimitProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const [last, setLast] = useState(limit ?? firstLimit)
  const set = (speed: number) => {
    setLast(speed)
    onLimit(speed)
  }
  return (
    <>
      <Choice
        aria-label={t('settings.limit.title')}
        value={limit === null ? 'none' : 'some'}
        data={[
          { value: 'none', label: t('settings.limit.none') },
          { value: 'some', label: t('settings.limit.some') },
        ]}
        onChange={(value) => onLimit(value === 'some' ? last : null)}
      />
      {limit !== null && (
        <>
          <SpeedField label={t('settings.limit.title')} speed={limit} onSpeed={set} />
          <span className={classes.about}>{t('settings.limit.about', formats.bitRate(limit))}</span>
        </>
      )}
    </>
  )
}
