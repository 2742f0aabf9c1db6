/**
 * Tokens of which a context keeps rows before they are folded into its states. A fold costs about as much as fetching the states, once in so
 * many tokens; the rows cost memory, and every token reads them.
 */
export const recentRows = 32;
