/* Where two effective scenarios differ. */
#ifndef APP_STUDY_SCENARIO_DIFFERENCE_H
#define APP_STUDY_SCENARIO_DIFFERENCE_H

/* "until is \"1 h\" there, \"2 h\" here": the first setting, in the order of the first, that the two (as of
 * scenario_write()) do not have in common; to be freed. NULL: there is none, or one is no JSON. */
char *scenario_difference(const char *there, const char *here);

#endif
