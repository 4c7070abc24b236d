import { type ReactNode, useId } from 'react'
import classes from './setting.module.css'

type SettingProps = { title: string; text: string; children: ReactNode }

/** One thing to set: what it is, and beside it how it is. */
export const Setting = ({ title, text, children }: SettingProps) => {
  const id = useId()
  return (
    <section className={classes.setting} aria-labelledby={id}>
      <div className={classes.what}>
        <h2 id={id}>{title}</h2>
        <p>{text}</p>
      </div>
      <div className={classes.control}>{children}</div>
    </section>
  )
}
