#include "sim/app/version.h"

#ifndef DISTSIM_VERSION
#define DISTSIM_VERSION "unknown"
#endif

const char program_version[] = DISTSIM_VERSION;
