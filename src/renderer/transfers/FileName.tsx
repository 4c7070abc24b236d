import { useLayoutEffect, useRef, useState } from 'react'
import { cutMiddle, visibleName } from './file-name.ts'

/** The canvas knows no optical size: a little room so that what is measured surely fits. */
const room = 0.98

const textWidth = (element: Element): ((text: string) => number) => {
  const context = document.createElement('canvas').getContext('2d')
  if (!context) return () => 0
  const { fontWeight, fontSize, fontFamily } = getComputedStyle(element)
  context.font = `${fontWeight} ${fontSize} ${fontFamily}`
  return (text) => context.measureText(text).width
}

/** A file's name in one line, cut in its middle to the width there is; isolated from the direction around it. */
export const FileName = ({ name, className }: { name: string; className?: string | undefined }) => {
  const whole = visibleName(name)
  const element = useRef<HTMLDivElement>(null)
  const [shown, setShown] = useState(whole)

  useLayoutEffect(() => {
    const line = element.current
    if (!line) return
    const width = textWidth(line)
    const cut = () => setShown(cutMiddle(whole, (text) => width(text) <= line.clientWidth * room))
    cut()
    const resized = new ResizeObserver(cut)
    resized.observe(line)
    document.fonts?.addEventListener('loadingdone', cut)
    return () => {
      resized.disconnect()
      document.fonts?.removeEventListener('loadingdone', cut)
    }
  }, [whole])

  return (
    <div ref={element} className={className} title={shown === whole ? undefined : whole}>
      <bdi dir="auto">{shown}</bdi>
    </div>
  )
}
