import type { Place } from '../policy/arn.ts'

/** How long a choice is good for, in ms. */
const freshness = 60_000

/**
 * Where new grants go: the first of the places that answers, null while none does. It is asked again after a minute; callers
 * at the same time share one look.
 */
export const choosePlace = (
  places: readonly Place[],
  answers: (place: Place) => Promise<boolean>,
  now: () => number,
): (() => Promise<Place | null>) => {
  let choice: { readonly at: number; readonly place: Promise<Place | null> } | null = null
  const look = async (): Promise<Place | null> => {
    for (const place of places) if (await answers(place)) return place
    choice = null
    return null
  }
  return () => {
    const at = now()
    if (choice === null || Math.abs(at - choice.at) >= freshness) choice = { at, place: look() }
    return choice.place
  }
}
