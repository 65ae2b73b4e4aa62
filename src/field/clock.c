/* The clock of a file. Where a call of HDF5 fails on one of several ranks the others wait for it for ever: it goes on to what they are not
   at. So a clock runs from before the first collective call on a file to after the last, and ends the program when they do not end. */
#include <signal.h>
#include <unistd.h>
#include <jko/private/fieldimpl.h>

#define CLOCK_SECONDS 60 /* to write or read a file on several ranks, and one more for every CLOCK_RATE bytes */
#define CLOCK_RATE    4000000
#define CLOCK_STATUS  4 /* of the program, for files */

/* What the handler needs: it may do no more than write and end. */
static struct {
  char   line[2 * PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN];
  size_t length;
} Clock;

static void ClockRunsOut(int unused)
{
  (void)unused;
  (void)!write(STDERR_FILENO, Clock.line, Clock.length);
  if (Clock.temporary[0]) (void)unlink(Clock.temporary);
  _exit(CLOCK_STATUS);
}

/* FieldClockStart - starts the clock of a file, on the first of several ranks. */
void FieldClockStart(FieldFile file)
{
  const struct sigaction  action = {.sa_handler = ClockRunsOut};
  const struct itimerspec end    = {.it_value = {.tv_sec = CLOCK_SECONDS + file->bytes / CLOCK_RATE}};
  struct sigevent         event  = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};
  int                     rank, size;

  (void)MPI_Comm_rank(file->comm, &rank);
  (void)MPI_Comm_size(file->comm, &size);
  if (rank || size == 1) return;
  (void)snprintf(Clock.line, sizeof Clock.line, "jko: error: %s: '%s' cannot be %s: a rank failed, or the disk does not answer\n",
                 file->option, file->path, file->writing ? "written" : "read");
  Clock.length = strlen(Clock.line);
  memcpy(Clock.temporary, file->temporary, sizeof Clock.temporary);
  (void)sigaction(SIGVTALRM, &action, NULL);
  if (timer_create(CLOCK_MONOTONIC, &event, &file->clock)) return;
  file->timed = PETSC_TRUE;
  (void)timer_settime(file->clock, 0, &end, NULL);
}

/* FieldClockStop - ends it. */
void FieldClockStop(FieldFile file)
{
  if (file->timed) (void)timer_delete(file->clock);
}
