/* The course of a run: the initial state, the steps with their records, the last density; or the last good one after a failure. */
#include <petsctime.h>
#include <jko/private/runimpl.h>

/* RunGetFraction - the part of the flow that lies behind, 0 to 1: of its steps or of its time, whichever is further. */
PetscErrorCode RunGetFraction(Run run, PetscReal *fraction)
{
  PetscInt  step, max_steps;
  PetscReal time, max_time;

  PetscFunctionBegin;
  PetscCall(JKOGetStepNumber(run->jko, &step));
  PetscCall(JKOGetMaxSteps(run->jko, &max_steps));
  PetscCall(JKOGetTime(run->jko, &time));
  PetscCall(JKOGetMaxTime(run->jko, &max_time));
  *fraction = PetscMax(max_steps > 0 ? (PetscReal)step / (PetscReal)max_steps : 0, max_time > 0 ? time / max_time : 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool RunSnapshotIsDue(Run run, const JKOStepInfo *info)
{
  if (info->step == 0 || info->step == run->first) return PETSC_TRUE;
  if (run->output_interval && info->step % run->output_interval == 0) return PETSC_TRUE;
  for (PetscInt i = 0; i < run->output_count; i++)
    if (info->time == run->output_times[i]) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* The state at hand as a checkpoint. */
static PetscErrorCode RunCheckpoint(Run run)
{
  JKOState           state;
  const JKOStepInfo *info;

  PetscFunctionBegin;
  PetscCall(JKOGetState(run->jko, &state));
  PetscCall(JKOGetStepInfo(run->jko, &info));
  PetscCall(RunCheckpointWrite(run, &state, info));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Everything that is told of one state. A checkpoint comes last: what it continues is on disk before it. */
static PetscErrorCode RunRecord(JKO jko, const JKOStepInfo *info, void *context)
{
  Run              run = context;
  const PetscReal *columns;
  PetscReal        kl;

  PetscFunctionBegin;
  (void)jko;
  PetscCall(MonitorMeasure(run->table, info, &columns));
  PetscCall(RunJudgeState(run, info));
  PetscCall(MonitorGetDivergence(run->table, &kl));
  if (run->monitor) PetscCall(RunConsole(run, info, run->log_target ? &kl : NULL));
  PetscCall(RunDraw(run, info));
  if (!run->output[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(RunHistoryAppend(run, info, columns));
  if (RunSnapshotIsDue(run, info)) PetscCall(RunSnapshotWrite(run));
  if (run->checkpoint_interval && info->step > run->first && info->step % run->checkpoint_interval == 0) PetscCall(RunCheckpoint(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes the folder. Where there are to be checkpoints the first is that of the state it starts from: it can be gone on with from then on,
   and it tells how long one takes. */
static PetscErrorCode RunOpen(Run run)
{
  const PetscBool checkpoints = (PetscBool)(run->checkpoint_interval > 0 || run->checkpoint_seconds > 0 || run->max_walltime > 0);

  PetscFunctionBegin;
  PetscCall(RunFolderOpen(run));
  if (checkpoints || (run->restarted && run->replaces)) PetscCall(RunCheckpoint(run));
  PetscCall(RunFolderClear(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A history that goes on: a run that was killed may have come to its first row but not to the snapshot of it; and the series may name what
   has just been removed. */
static PetscErrorCode RunCatchUp(Run run, const JKOStepInfo *info)
{
  PetscFunctionBegin;
  if (run->last_written < 0 || (info->step == 0 && run->last_written != 0))
    PetscCall(RunSnapshotWrite(run));
  else
    PetscCall(RunSnapshotSeries(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Opens what is written to and records the state the run starts from, unless the history there ends with it. */
static PetscErrorCode RunStart(Run run)
{
  const JKOStepInfo *info;
  const PetscReal   *columns;
  PetscBool          continues = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(RunJudgeSetUp(run));
  if (run->output[0]) {
    PetscCall(RunOpen(run));
    PetscCall(RunHistoryOpen(run, &continues));
    PetscCall(RunFilmOpen(run));
    PetscCall(RunLogWrite(run));
  }
  if (run->viewer) PetscCall(JKOView(run->jko, run->viewer));
  if (run->viewer) PetscCall(RunViewMemory(run, run->viewer));
  if (run->viewer) PetscCall(MonitorView(run->table, run->viewer));
  PetscCall(PetscTime(&run->started));
  PetscCall(RunGetFraction(run, &run->started_at));
  PetscCall(JKOGetStepInfo(run->jko, &info));
  if (!continues)
    PetscCall(RunRecord(run->jko, info, run));
  else {
    PetscCall(RunCatchUp(run, info));
    PetscCall(RunJudgeHistory(run));
    PetscCall(MonitorMeasure(run->table, info, &columns)); /* what the next state is compared with */
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Times of -output_times that the flow did not come to. */
static PetscErrorCode RunTellMissed(Run run)
{
  PetscReal time;
  PetscInt  missed = 0, last = run->output_count - 1;

  PetscFunctionBegin;
  PetscCall(JKOGetTime(run->jko, &time));
  while (missed <= last && run->output_times[last - missed] > time) missed++;
  if (missed)
    PetscCall(PetscFPrintf(PetscObjectComm((PetscObject)run), PETSC_STDERR,
                           "jko: warning: -output_times: %" PetscInt_FMT
                           " of them, from %g on, lie beyond the last step, time %g; no density of them is written\n",
                           missed, (double)run->output_times[last + 1 - missed], (double)time));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RunFinish(Run run)
{
  JKOConvergedReason reason;
  PetscInt           step;
  const char        *failure;

  PetscFunctionBegin;
  RunConsoleEnd();
  PetscCall(JKOGetConvergedReason(run->jko, &reason));
  PetscCall(JKOGetStepNumber(run->jko, &step));
  PetscCall(RunJudgeEnd(run, (PetscBool)(reason >= 0 && !run->stopped)));
  if (run->output[0]) PetscCall(RunLogWrite(run));
  if (run->stopped && reason <= 0) {
    PetscCall(RunTellStop(run));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (run->output[0] && run->last_written != step) PetscCall(RunSnapshotWrite(run));
  if (run->output[0]) PetscCall(RunHistoryVerify(run));
  if (reason >= 0) {
    PetscCall(RunTellMissed(run));
    if (run->checkpoint_interval && step > run->first && step % run->checkpoint_interval) PetscCall(RunCheckpoint(run));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  run->status = 3;
  PetscCall(JKOGetFailure(run->jko, &failure));
  PetscCall(PetscFPrintf(PetscObjectComm((PetscObject)run), PETSC_STDERR, "jko: error: %s\n", failure));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A restart from the end, or from beyond it. */
static PetscErrorCode RunTellDone(Run run)
{
  PetscReal time;

  PetscFunctionBegin;
  PetscCall(JKOGetTime(run->jko, &time));
  if (run->monitor)
    PetscCall(PetscPrintf(PetscObjectComm((PetscObject)run),
                          "nothing left to do: step %" PetscInt_FMT
                          ", time %g, is the end of the flow by -jko_max_time or -jko_max_steps\n",
                          run->first, (double)time));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One step, after a look at what signals and the clock want. */
static PetscErrorCode RunStep(Run run, JKOConvergedReason *reason)
{
  PetscBool stop;
  PetscInt  step;

  PetscFunctionBegin;
  PetscCall(JKOGetStepNumber(run->jko, &step));
  PetscCheck(step < PETSC_MAX_INT, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "-jko_max_time: not reached in %" PetscInt_FMT " steps, the most there can be; give a larger -jko_dt", step);
  PetscCall(RunRemember(run));
  PetscCall(RunSignalsAttend(run, &stop));
  if (!stop) PetscCall(JKOStep(run->jko));
  PetscCall(JKOGetConvergedReason(run->jko, reason));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  RunExecute - runs the flow to its end and records it: on the console, and in the output folder where there is one.

  Collective. A step that fails is no error: one line tells, the last good density is written, RunGetExitStatus() is 3. Neither is
  -max_walltime (0) or a signal (128 + its number), which leave a checkpoint.
  Errors: PETSC_ERR_FILE_WRITE when the folder cannot be written to.
@*/
PetscErrorCode RunExecute(Run run)
{
  JKOConvergedReason reason = JKO_CONVERGED_ITERATING;
  PetscReal          fraction;
  Sinkhorn           sinkhorn;

  PetscFunctionBegin;
  PetscCall(RunSetUp(run));
  PetscCall(RunStart(run));
  PetscCall(JKOMonitorSet(run->jko, RunRecord, run));
  PetscCall(JKOGetSinkhorn(run->jko, &sinkhorn));
  PetscCall(SinkhornSetPoll(sinkhorn, RunSignalsPending, RunSignalsAttend, run));
  PetscCall(RunGetFraction(run, &fraction));
  if (run->restarted && fraction >= 1) PetscCall(RunTellDone(run));
  RunErrorStepping();
  while (fraction < 1 && reason == JKO_CONVERGED_ITERATING && !run->stopped) PetscCall(RunStep(run, &reason));
  PetscCall(SinkhornSetPoll(sinkhorn, NULL, NULL, NULL));
  PetscCall(RunFinish(run));
  PetscCall(RunFolderRelease(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}
