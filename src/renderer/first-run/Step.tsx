import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import classes from './first-run.module.css'

type StepProps = {
  number: number
  state: 'done' | 'now' | 'later'
  title: string
  text: string
  children?: ReactNode
}

/** One step of the way in. */
export const Step = ({ number, state, title, text, children }: StepProps) => (
  <li className={classes.step} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
    <span className={classes.number} aria-hidden>
      {state === 'done' ? <Check size={15} strokeWidth={2.25} /> : number}
    </span>
    <div className={classes.content}>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  </li>
)
