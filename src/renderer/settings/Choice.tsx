import { SegmentedControl, type SegmentedControlProps } from '@mantine/core'
import classes from './choice.module.css'

/** One of a few, all of them in sight. */
export const Choice = <Value extends string>(props: SegmentedControlProps<Value>) => (
  <SegmentedControl classNames={{ root: classes.choices ?? '', label: classes.choice ?? '' }} {...props} />
)
