import { Menu } from '@mantine/core'
import { Ellipsis } from 'lucide-react'
import type { ReactNode } from 'react'
import classes from './more-menu.module.css'

type MoreMenuProps = {
  /** What the button is called, with the name of what it is for. */
  label: string
  tabIndex?: number
  children: ReactNode
}

/** All that can be done with one thing, behind “…”. */
export const MoreMenu = ({ label, tabIndex, children }: MoreMenuProps) => (
  <Menu position="bottom-end" width={210} withInitialFocusPlaceholder={false}>
    <Menu.Target>
      <button type="button" className={classes.more} aria-label={label} tabIndex={tabIndex}>
        <Ellipsis size={17} strokeWidth={1.75} aria-hidden />
      </button>
    </Menu.Target>
    <Menu.Dropdown>{children}</Menu.Dropdown>
  </Menu>
)
