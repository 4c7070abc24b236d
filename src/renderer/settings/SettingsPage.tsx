import { Switch } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { mostSlots } from '../../shared/settings.ts'
import { NumberField } from './NumberField.tsx'
import { ScheduleEditor } from './ScheduleEditor.tsx'
import { Setting } from './Setting.tsx'
import { SpeedLimit } from './SpeedLimit.tsx'
import classes from './settings-page.module.css'
import { useSettings } from './use-settings.ts'

/** Everything that can be set; each change holds at once. */
export const SettingsPage = () => {
  const { t } = useTranslation()
  const { settings, change } = useSettings()
  return (
    <main id="settings" className={classes.page} tabIndex={-1}>
      <div className={classes.column}>
        <h1 className={classes.title}>{t('settings.title')}</h1>
        {settings && (
          <>
            <Setting title={t('settings.limit.title')} text={t('settings.limit.text')}>
              <SpeedLimit limit={settings.limit} onLimit={(limit) => change({ limit })} />
            </Setting>
            <Setting title={t('settings.schedule.title')} text={t('settings.schedule.text')}>
              <ScheduleEditor
                schedule={settings.schedule}
                onSchedule={(schedule) => change({ schedule: [...schedule] })}
              />
            </Setting>
            <Setting title={t('settings.slots.title')} text={t('settings.slots.text')}>
              <NumberField
                label={t('settings.slots.title')}
                value={settings.slots}
                min={1}
                max={mostSlots}
                decimals={0}
                onValue={(slots) => change({ slots })}
              />
            </Setting>
            <Setting title={t('settings.power.title')} text={t('settings.power.text')}>
              <Switch
                classNames={{ track: classes.track ?? '', thumb: classes.thumb ?? '' }}
                label={t('settings.power.onlyOnMains')}
                withThumbIndicator={false}
                checked={settings.onlyOnMains}
                onChange={(event) => change({ onlyOnMains: event.currentTarget.checked })}
              />
            </Setting>
          </>
        )}
      </div>
    </main>
  )
}
