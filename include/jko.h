/* jko: Wasserstein gradient flows by the Jordan-Kinderlehrer-Otto scheme. The umbrella header of the library. */
#ifndef JKO_UMBRELLA_H
#define JKO_UMBRELLA_H

#define JKO_VERSION "0.1.0"

#include <jko/options.h>
#include <jko/sys.h>
#include <jko/grid.h>
#include <jko/field.h>
#include <jko/kernel.h>
#include <jko/transport.h>
#include <jko/energy.h>
#include <jko/sinkhorn.h>
#include <jko/jko.h>
#include <jko/monitor.h>
#include <jko/run.h>

#endif
