/* What a scenario may say, from the field tables: for people, and as a JSON Schema for editors. All texts end with a
 * newline and are to be freed. */
#ifndef SIM_APP_DESCRIBE_H
#define SIM_APP_DESCRIBE_H

/* The components and where they stand. */
char *describe_overview(void);
/* Every setting of every component. */
char *describe_all(void);
/* A component ("sender", "sites") with its settings, or one setting ("sender.retry_delay", "sites.sender.retry_delay").
 * NULL if there is none of that name; *why is then a sentence, to be freed. */
char *describe_one(const char *name, char **why);
/* The JSON Schema of scenarios, in what draft-07 and 2020-12 have in common. It is about form: it refuses unknown keys,
 * wrong kinds, missing keys and units, not what only the whole scenario can tell. */
char *describe_schema(void);

#endif
