import { distance } from 'fastest-levenshtein';

/** The candidate that was probably meant; undefined when none is near enough. Case does not count as a slip. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  let best: { candidate: string; slips: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(word.length - candidate.length) > limit) continue;
    const slips = slipsBetween(word, candidate);
    if (slips <= limit && slips < candidate.length && (best === undefined || slips < best.slips))
      best = { candidate, slips };
  }
  return best?.candidate;
}

/** How many letters differ, whatever their case. Long words are not compared: they are no slip of ours. */
export function slipsBetween(word: string, candidate: string): number {
  if (word.length > 100) return Number.POSITIVE_INFINITY;
  return distance(word.toLowerCase(), candidate.toLowerCase());
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const suggestion = nearest(word, candidates);
  return suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
}
