/* Signals and time. A handler only notes; the ranks look together, between steps and at every residual evaluation within one, where the
   question rides on a reduction that is made anyway:

     SIGTERM SIGINT SIGXCPU   checkpoint, one line, exit 128 + signal; again after a second: quit at once
     SIGUSR1, SIGUSR2         checkpoint and go on; one line on the state of things
     -max_walltime            checkpoint, one line, exit 0, as long before the end as a checkpoint takes

   One rank that hears is enough. A launcher and a scheduler may both send the same signal: within a second it counts once. */
#include <petsctime.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <jko/private/runimpl.h>

#define RUN_GRACE 60 /* seconds, at least, in which the other ranks must answer */

static struct {
  volatile sig_atomic_t stop, checkpoint, status;      /* the signal that stops; asked for */
  volatile sig_atomic_t since, grace;                  /* second of the first that stops; seconds that the others have to answer */
  char                  remove[2][PETSC_MAX_PATH_LEN]; /* what must not be left behind when we quit at once */
} Signal;

static sig_atomic_t Now(void)
{
  struct timespec now = {0, 0};

  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (sig_atomic_t)(now.tv_sec & 0x3fffffff);
}

static void Say(const char text[])
{
  if (write(STDERR_FILENO, text, strlen(text)) < 0) return; /* nobody to tell it to */
}

/* RunSignalsCleanUp - removes what must not be left behind by a program that ends before it is done. Safe in a handler. */
void RunSignalsCleanUp(void)
{
  for (int i = 0; i < 2; i++)
    if (Signal.remove[i][0]) (void)unlink(Signal.remove[i]);
}

static void Quit(const char text[])
{
  RunSignalsCleanUp();
  Say(text);
  _exit(128 + (int)Signal.stop);
}

static void Note(int number)
{
  if (number == SIGUSR1)
    Signal.checkpoint = 1;
  else if (number == SIGUSR2)
    Signal.status = 1;
  else if (number == SIGALRM)
    Quit("jko: error: stopped, the other ranks do not answer; the checkpoints before are kept\n");
  else if (!Signal.stop) {
    Signal.stop  = number;
    Signal.since = Now();
    (void)alarm((unsigned)PetscMax(RUN_GRACE, Signal.grace));
  } else if (Now() - Signal.since > 1)
    Quit("jko: a second signal: quit at once; the checkpoints before are kept\n");
}

static void Catch(size_t count, const int number[])
{
  struct sigaction action = {.sa_handler = Note, .sa_flags = SA_RESTART};

  (void)sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < count; i++) (void)sigaction(number[i], &action, NULL);
}

/* RunSignalsExpect - at the very beginning: signals that only ask for something do not end a program that is not ready for them. */
void RunSignalsExpect(void)
{
  Catch(2, (const int[]){SIGUSR1, SIGUSR2});
}

/* RunSignalsCatch - from here on signals are noted; writing beyond a limit fails instead of ending the program. Not collective. */
void RunSignalsCatch(void)
{
  Catch(6, (const int[]){SIGTERM, SIGINT, SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM});
  (void)signal(SIGXFSZ, SIG_IGN);
}

/* RunSignalsRemove - a file to remove when a second signal ends the program at once, for each of two uses; NULL: none. */
void RunSignalsRemove(int use, const char path[])
{
  Signal.remove[use][0] = 0;
  if (path) (void)snprintf(Signal.remove[use], sizeof Signal.remove[use], "%s", path);
}

/* Seconds that are left for steps. */
static PetscReal TimeLeft(Run run, PetscLogDouble now)
{
  return run->max_walltime - (PetscReal)(now - run->created) - 2 * (PetscReal)(run->write_time + run->pause) - RUN_LEAST_MARGIN;
}

/* What this rank wants: the clock is that of the first. */
typedef struct {
  int stop, checkpoint, status;
} Wish;

static Wish GetWish(Run run)
{
  PetscLogDouble now;
  Wish           wish = {.stop = Signal.stop, .checkpoint = Signal.checkpoint, .status = Signal.status};

  (void)PetscTime(&now);
  if (run->polled > 0) run->pause = PetscMax(run->pause, now - run->polled);
  run->polled  = now;
  Signal.grace = (sig_atomic_t)PetscMin(10 * run->pause, 1e6);
  if (run->rank) return wish;
  if (run->max_walltime > 0 && !wish.stop && TimeLeft(run, now) <= 0) wish.stop = RUN_WALLTIME;
  if (run->checkpoint_seconds > 0 && now - run->checkpointed >= run->checkpoint_seconds) wish.checkpoint = 1;
  return wish;
}

/* RunSignalsPending - whether this rank has something to agree on; for SinkhornSetPoll(). */
PetscBool RunSignalsPending(void *context)
{
  const Run  run  = (Run)context;
  const Wish wish = GetWish(run);

  return (PetscBool)(run->stopped || wish.stop || wish.checkpoint || wish.status);
}

static PetscErrorCode TellStatus(Run run)
{
  const RunMemory *memory = &run->memory;
  PetscLogDouble   now;
  PetscReal        fraction;

  PetscFunctionBegin;
  PetscCall(PetscTime(&now));
  PetscCall(RunGetFraction(run, &fraction));
  PetscCall(PetscFPrintf(PetscObjectComm((PetscObject)run), PETSC_STDERR,
                         "jko: status: step %" PetscInt_FMT
                         ", time %g, energy %.8e, %.0f%%, %.0f s since the start, checkpoint %" PetscInt_FMT "\n",
                         memory->info.step, (double)memory->info.time, (double)memory->info.energy, 100 * (double)PetscMin(fraction, 1),
                         now - run->created, run->last_checkpoint));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunSignalsAttend - does what any rank wants, on the last accepted state; whether the run is to stop. Collective; for SinkhornSetPoll().
 */
PetscErrorCode RunSignalsAttend(void *context, PetscBool *stop)
{
  Run  run  = (Run)context;
  Wish mine = GetWish(run), all;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&mine, &all, 3, MPI_INT, MPI_MAX, PetscObjectComm((PetscObject)run)));
  if (all.stop) (void)alarm(0);
  if (all.status) PetscCall(TellStatus(run));
  Signal.status = 0;
  if (run->output[0] && !run->stopped && (all.stop || all.checkpoint))
    PetscCall(RunCheckpointWrite(run, &run->memory.state, &run->memory.info));
  Signal.checkpoint = 0;
  if (!run->stopped) run->stopped = all.stop;
  *stop = (PetscBool)(run->stopped != 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunTellStop - the line on why the run stopped, and the status to exit with. Collective. */
PetscErrorCode RunTellStop(Run run)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  const char    *why  = run->stopped == RUN_WALLTIME ? "-max_walltime"
                        : run->stopped == SIGINT     ? "SIGINT"
                        : run->stopped == SIGXCPU    ? "SIGXCPU"
                                                     : "SIGTERM";
  char           path[PETSC_MAX_PATH_LEN], kept[PETSC_MAX_PATH_LEN + 64] = "nothing is kept without -output";

  PetscFunctionBegin;
  if (run->output[0]) {
    PetscCall(RunPath(run, "checkpoint", run->memory.info.step, path));
    PetscCall(PetscSNPrintf(kept, sizeof kept, "go on from %s with -restart auto", path));
  }
  PetscCall(PetscFPrintf(comm, PETSC_STDERR, "jko: stopped by %s after step %" PetscInt_FMT ", time %g; %s\n", why, run->memory.info.step,
                         (double)run->memory.info.time, kept));
  run->status = run->stopped == RUN_WALLTIME ? 0 : 128 + run->stopped;
  PetscFunctionReturn(PETSC_SUCCESS);
}
