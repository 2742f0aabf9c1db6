/** Whether one of many is among the `share` of them, from 0 to 1, that is spread evenly over their numbers. */
export const isInShare = (index: number, share: number): boolean => Math.floor((index + 1) * share) > Math.floor(index * share);
