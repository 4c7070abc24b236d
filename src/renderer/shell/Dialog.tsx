import { Modal, type ModalProps } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './dialog.module.css'
import { useFocusBack } from './use-focus-back.ts'

/** A dialog over the page, with its title and a way out. What is in it is made anew each time it opens. */
export const Dialog = (
  props: Pick<ModalProps, 'opened' | 'onClose' | 'title' | 'size' | 'yOffset' | 'closeOnClickOutside' | 'children'>,
) => {
  const { t } = useTranslation()
  useFocusBack(props.opened)
  return (
    <Modal
      centered
      lockScroll={false}
      returnFocus={false}
      closeButtonProps={{ 'aria-label': t('toasts.close') }}
      classNames={{ header: classes.header ?? '', title: classes.title ?? '', content: classes.content ?? '' }}
      {...props}
    />
  )
}
