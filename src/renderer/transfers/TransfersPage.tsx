import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Purpose, SessionView } from '../../shared/session.ts'
import { useQueue } from '../data/queries.ts'
import { showTransfers, useFilterName } from '../shell/page-name.ts'
import { holdOf } from './appearance.ts'
import { Chips } from './Chips.tsx'
import { EmptyState } from './EmptyState.tsx'
import { Header } from './Header.tsx'
import { HoldBanner } from './HoldBanner.tsx'
import { LiveRegion } from './LiveRegion.tsx'
import { Search } from './Search.tsx'
import { TransferList } from './TransferList.tsx'
import classes from './transfers-page.module.css'

type TransfersPageProps = {
  session: Extract<SessionView, { state: 'signed_in' }>
  purpose: Purpose | null
  onAddFiles: () => void
  onAddFolder: () => void
  onSignIn: () => void
}

/** How long typing rests before the list is asked (ms). */
const searchRests = 150

export const TransfersPage = ({ session, purpose, onAddFiles, onAddFolder, onSignIn }: TransfersPageProps) => {
  const { t } = useTranslation()
  const queue = useQueue().data
  const filter = useFilterName()
  const [search, setSearch] = useState('')
  const [settledSearch] = useDebouncedValue(search.trim(), searchRests)
  const hold = holdOf(queue)

  if (!queue) return <main id="transfers" className={classes.page} tabIndex={-1} />
  return (
    <main id="transfers" className={classes.page} tabIndex={-1}>
      <LiveRegion counts={queue.counts} />
      {queue.counts.all === 0 ? (
        <>
          <HoldBanner hold={hold} onSignIn={onSignIn} />
          <EmptyState
            purpose={purpose}
            brokerName={session.brokerName}
            onAddFiles={onAddFiles}
            onAddFolder={onAddFolder}
          />
        </>
      ) : (
        <>
          <h1 className="visually-hidden">{t('navigation.transfers')}</h1>
          <Header queue={queue} />
          <div className={classes.tools}>
            <Chips counts={queue.counts} chosen={filter} onChoose={showTransfers} />
            <Search text={search} onText={setSearch} />
          </div>
          <HoldBanner hold={hold} onSignIn={onSignIn} />
          <TransferList
            key={`${filter} ${settledSearch}`}
            filter={filter}
            search={settledSearch}
            hold={hold}
            purposes={session.purposes}
            onSignIn={onSignIn}
          />
        </>
      )}
    </main>
  )
}
