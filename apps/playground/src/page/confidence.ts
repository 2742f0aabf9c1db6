/** Five classes of confidence, least sure first: each has a colour and, for eyes that see none, its own underline. */
export const confidenceClasses: readonly { readonly from: number; readonly title: string }[] = [
  { from: 0, title: 'below 25 %' },
  { from: 0.25, title: '25 to 50 %' },
  { from: 0.5, title: '50 to 75 %' },
  { from: 0.75, title: '75 to 95 %' },
  { from: 0.95, title: '95 % and more' },
];

export function confidenceClass(confidence: number): number {
  return confidenceClasses.findLastIndex(({ from }) => confidence >= from);
}
