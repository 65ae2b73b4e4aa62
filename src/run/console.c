/* The console: a line per state, or one line that is updated in place where a terminal shows it. */
#include <sys/ioctl.h>
#include <unistd.h>
#include <petsctime.h>
#include <jko/private/runimpl.h>

#define BAR       20   /* characters of the bar */
#define WIDEST    240  /* characters of a line in place */
#define PER_FRAME 0.1  /* seconds: a line in place changes no more often */
#define PACE      0.01 /* part of the flow, or */
#define EVEN      10   /* steps of the same length in a row, that tell the pace of the rest */

/* The line in place, on the first rank. */
static struct {
  PetscBool      shown;
  PetscLogDouble drawn; /* when */
  PetscErrorCode (*print)(FILE *, const char[], va_list);
} Line;

/* RunConsoleColumns - the width of the terminal that standard output is shown on; 0 for a file, a pipe, a batch log. The terminal that
   Open MPI puts between a rank and a file has no width. On the first rank. */
PetscInt RunConsoleColumns(void)
{
  struct winsize size = {0};

  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)) return 0;
  return (PetscInt)size.ws_col;
}

/* In place of PetscVFPrintf: what anyone else prints takes the place of the line, which comes back below it. */
static PetscErrorCode PrintAbove(FILE *file, const char format[], va_list arguments)
{
  if (Line.shown) (void)fputs("\r\033[K", stdout);
  (void)fflush(stdout);
  Line.shown = PETSC_FALSE;
  return (*Line.print)(file, format, arguments);
}

/* Puts a text in the line, cut to the terminal. */
static void Draw(const char text[])
{
  const PetscInt columns = RunConsoleColumns();

  if (!Line.print) {
    Line.print    = PetscVFPrintf;
    PetscVFPrintf = PrintAbove;
  }
  (void)printf("\r%.*s\033[K", (int)(columns > 0 ? columns - 1 : 79), text);
  (void)fflush(stdout);
  Line.shown = PETSC_TRUE;
}

/* RunConsoleEnd - leaves the line in place as it is and goes on below it. Not collective. */
void RunConsoleEnd(void)
{
  if (!Line.print) return;
  if (Line.shown) (void)putchar('\n');
  (void)fflush(stdout);
  PetscVFPrintf = Line.print;
  Line.print    = NULL;
  Line.shown    = PETSC_FALSE;
}

static PetscErrorCode FormatDuration(PetscReal seconds, char text[], size_t length)
{
  const long s = (long)PetscMin(seconds + 0.5, 3.6e8);

  PetscFunctionBegin;
  if (s >= 3600)
    PetscCall(PetscSNPrintf(text, length, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60));
  else
    PetscCall(PetscSNPrintf(text, length, "%ld:%02ld", s / 60, s % 60));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Says once that the grid, not -jko_epsilon_ratio, decides eps. Collective. */
static PetscErrorCode SayFloor(Run run, const JKOStepInfo *info)
{
  PetscBool binds;
  PetscReal least;
  Kernel    kernel;

  PetscFunctionBegin;
  PetscCall(JKOGetFloorBinds(run->jko, &binds));
  if (!binds || run->floor_said) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOGetKernel(run->jko, &kernel));
  PetscCall(KernelGetResolution(kernel, &least));
  run->floor_said = PETSC_TRUE;
  PetscCall(
      PetscPrintf(PetscObjectComm((PetscObject)run),
                  "eps raised to %.6g, the least that the grid resolves (sigma = %g cells); a finer grid or a larger -jko_dt lifts this\n",
                  (double)info->epsilon, (double)least));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Counts the steps that have been as long as the last. */
static void CountEvenSteps(Run run, const JKOStepInfo *info)
{
  if (PetscAbsReal(info->dt - run->even_dt) > 1e-6 * info->dt) run->even_steps = 0;
  run->even_dt = info->dt;
  run->even_steps++;
}

/* "  ETA 1:30", the time that is left at the pace so far; empty while that pace means nothing: the first steps of an adaptive flow are far
   shorter than those to come. */
static PetscErrorCode FormatRest(Run run, PetscReal fraction, char text[], size_t length)
{
  const PetscReal done = fraction - run->started_at, rest = PetscMax(1 - fraction, 0);
  char            duration[32];
  PetscLogDouble  now;

  PetscFunctionBegin;
  text[0] = 0;
  if (done <= 0 || (run->even_steps < EVEN && done < PACE * (done + rest))) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscTime(&now));
  PetscCall(FormatDuration((PetscReal)(now - run->started) * rest / done, duration, sizeof duration));
  PetscCall(PetscSNPrintf(text, length, "  ETA %s", duration));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The line in place: what is done, when the rest will be, the pace, then the state; the last frame of a flow is always drawn. */
static PetscErrorCode ShowProgress(Run run, const JKOStepInfo *info, PetscReal fraction, const char divergence[])
{
  char           text[WIDEST], bar[BAR + 1], time[48], duration[32];
  const int      full = (int)(BAR * PetscMin(fraction, 1) + 0.5);
  PetscLogDouble now, spent;

  PetscFunctionBegin;
  PetscCall(PetscTime(&now));
  if (run->rank || (Line.shown && now - Line.drawn < PER_FRAME && fraction < 1)) PetscFunctionReturn(PETSC_SUCCESS);
  spent = PetscMax(now - run->started, 1e-9);
  for (int i = 0; i < BAR; i++) bar[i] = i < full ? '=' : ' ';
  bar[BAR] = 0;
  PetscCall(FormatDuration((PetscReal)spent, duration, sizeof duration));
  if (fraction < 1)
    PetscCall(FormatRest(run, fraction, time, sizeof time));
  else
    PetscCall(PetscSNPrintf(time, sizeof time, "  took %s", duration));
  PetscCall(PetscSNPrintf(
      text, sizeof text, "%3.0f%% [%s]%s  %.3g steps/s  step %" PetscInt_FMT "  t %.5g  F %+.6e%s  its %" PetscInt_FMT "  W2/dt %.2e",
      100 * (double)PetscMin(fraction, 1), bar, time, (double)(info->step - run->first) / spent, info->step, (double)info->time,
      (double)info->energy, divergence, info->iterations, info->dt > 0 ? (double)(info->w2 / info->dt) : 0.));
  Draw(text);
  Line.drawn = now;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a step's own line has no room for. */
static PetscErrorCode ShowDetails(Run run, const JKOStepInfo *info)
{
  PetscFunctionBegin;
  PetscCall(PetscPrintf(PetscObjectComm((PetscObject)run),
                        "           eps %.5g  gap %.2e  dissipation %.5e  entropy %+.8e  mass %.16g  min %.3e  max %.5e\n",
                        (double)info->epsilon, (double)info->gap, (double)info->dissipation, (double)info->entropy, (double)info->mass,
                        (double)info->min, (double)info->max));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ShowStart(Run run, const JKOStepInfo *info, const char divergence[])
{
  PetscFunctionBegin;
  PetscCall(PetscPrintf(PetscObjectComm((PetscObject)run), "step %5" PetscInt_FMT "  t %-10.5g%*sF %+.8e%s\n", info->step,
                        (double)info->time, 45, "", (double)info->energy, divergence));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ShowStep(Run run, const JKOStepInfo *info, PetscReal fraction, const char divergence[])
{
  char rejected[32] = "", left[48];

  PetscFunctionBegin;
  if (info->rejected) PetscCall(PetscSNPrintf(rejected, sizeof rejected, "  rejected %" PetscInt_FMT, info->rejected));
  PetscCall(FormatRest(run, fraction, left, sizeof left));
  PetscCall(PetscPrintf(PetscObjectComm((PetscObject)run),
                        "step %5" PetscInt_FMT "  t %-10.5g  dt %-9.3g  its %4" PetscInt_FMT
                        "  residual %.1e  F %+.8e%s  W2/dt %.3e%s  %.3g s  %.0f%%%s\n",
                        info->step, (double)info->time, (double)info->dt, info->iterations, (double)info->residual, (double)info->energy,
                        divergence, (double)(info->w2 / info->dt), rejected, info->wall, 100 * (double)PetscMin(fraction, 1), left));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunConsole - tells of a state as -jko_monitor wants it: step, time, dt, iterations, residual, energy, divergence (with a target), W2/dt,
   rejected attempts, seconds per step, percentage and the time that is left. Collective. */
PetscErrorCode RunConsole(Run run, const JKOStepInfo *info, const PetscReal *kl)
{
  PetscReal fraction;
  char      divergence[32] = "";

  PetscFunctionBegin;
  PetscCall(SayFloor(run, info));
  PetscCall(RunGetFraction(run, &fraction));
  if (info->step > run->first) CountEvenSteps(run, info);
  if (kl) PetscCall(PetscSNPrintf(divergence, sizeof divergence, "  KL %.4e", (double)*kl));
  if (run->monitor == RUN_PROGRESS)
    PetscCall(ShowProgress(run, info, fraction, divergence));
  else if (info->step == run->first)
    PetscCall(ShowStart(run, info, divergence));
  else
    PetscCall(ShowStep(run, info, fraction, divergence));
  if (run->monitor == RUN_VERBOSE) PetscCall(ShowDetails(run, info));
  PetscFunctionReturn(PETSC_SUCCESS);
}
