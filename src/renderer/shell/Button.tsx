import type { ComponentProps } from 'react'
import classes from './button.module.css'

type ButtonProps = ComponentProps<'button'> & {
  /** `filled`: the one thing to do here · `remedy`: the one thing to do about a failure. */
  look?: 'plain' | 'filled' | 'remedy'
  size?: 'small' | 'medium' | 'large'
}

/** A button with words; an icon may stand before them. */
export const Button = ({ look = 'plain', size = 'medium', className = '', ...others }: ButtonProps) => (
  <button type="button" className={`${classes.button} ${className}`} data-look={look} data-size={size} {...others} />
)
