/* density-NNNNNN.h5, the states that are kept, and flow.xdmf, which ties them together for ParaView: always the whole series, each
   grid a rectilinear mesh on the cell centres that its own file holds. Source: XDMF 3 model and format. */
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

/* RunSnapshotAdd - notes a snapshot of this history. On one rank. */
PetscErrorCode RunSnapshotAdd(Run run, PetscInt step, PetscReal time)
{
  PetscFunctionBegin;
  if (run->snapshot_count == run->snapshot_space) {
    run->snapshot_space = 2 * run->snapshot_space + 16;
    PetscCall(PetscRealloc((size_t)run->snapshot_space * sizeof *run->snapshots, &run->snapshots));
  }
  run->snapshots[run->snapshot_count++] = (RunSnapshot){.step = step, .time = time};
  run->last_written                     = step;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void PutMesh(FILE *file, const FieldLayout *layout, const char name[])
{
  (void)fprintf(file, "        <Geometry GeometryType=\"VXVYVZ\">\n");
  for (int axis = 0; axis < 3; axis++) {
    const int i = layout->rank - 1 - axis;

    if (i >= 0)
      (void)fprintf(file, "          <DataItem Dimensions=\"%lld\" NumberType=\"Float\" Precision=\"8\" Format=\"HDF\">%s:/%c</DataItem>\n",
                    (long long)layout->size[i], name, layout->axis[i]);
    else
      (void)fprintf(file, "          <DataItem Dimensions=\"1\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">0</DataItem>\n");
  }
  (void)fprintf(file, "        </Geometry>\n");
}

/* A dataset of the file on the nodes of the mesh. */
static void PutAttribute(FILE *file, const char dataset[], const char type[], const char sizes[], const char name[])
{
  (void)fprintf(file, "        <Attribute Name=\"%s\" AttributeType=\"Scalar\" Center=\"Node\">\n", dataset);
  (void)fprintf(file, "          <DataItem Dimensions=\"%s\" NumberType=\"%s\" Format=\"HDF\">%s:/%s</DataItem>\n", sizes, type, name,
                dataset);
  (void)fprintf(file, "        </Attribute>\n");
}

static void PutSnapshot(FILE *file, const FieldLayout *layout, PetscBool walls, const RunSnapshot *snapshot)
{
  char name[64], sizes[96]; /* of the mesh, and of what lies on it: ParaView does not take fewer axes for the latter */

  (void)snprintf(sizes, sizeof sizes, "%s", layout->rank == 3 ? "" : layout->rank == 2 ? "1 " : "1 1 ");
  (void)snprintf(name, sizeof name, "density-%06" PetscInt_FMT ".h5", snapshot->step);
  for (int i = 0; i < layout->rank; i++)
    (void)snprintf(sizes + strlen(sizes), sizeof sizes - strlen(sizes), "%s%lld", i ? " " : "", (long long)layout->size[i]);
  (void)fprintf(file, "      <Grid Name=\"step %" PetscInt_FMT "\">\n        <Time Value=\"%.17g\"/>\n", snapshot->step,
                (double)snapshot->time);
  (void)fprintf(file, "        <Topology TopologyType=\"3DRectMesh\" Dimensions=\"%s\"/>\n", sizes);
  PutMesh(file, layout, name);
  PutAttribute(file, "density", "Float\" Precision=\"8", sizes, name);
  if (walls) PutAttribute(file, "wall", "Char\" Precision=\"1", sizes, name);
  (void)fprintf(file, "      </Grid>\n");
}

/* On the first rank. */
static PetscErrorCode WriteSeries(Run run, char reason[])
{
  char        path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN];
  FieldLayout layout;
  const char *wall;
  FILE       *file;

  PetscFunctionBegin;
  PetscCall(RunPath(run, "flow.xdmf", -1, path));
  PetscCall(RunPath(run, "flow.xdmf.part", -1, temporary));
  PetscCall(FieldGetLayout(run->grid, &layout));
  PetscCall(GridGetWalls(run->grid, &wall));
  PetscCall(PetscStrncpy(reason, "flow.xdmf cannot be written", FIELD_MESSAGE));
  file = fopen(temporary, "w");
  if (!file) PetscFunctionReturn(PETSC_SUCCESS);
  (void)fprintf(file, "<?xml version=\"1.0\"?>\n<Xdmf Version=\"3.0\">\n  <Domain>\n");
  (void)fprintf(file, "    <Grid Name=\"flow\" GridType=\"Collection\" CollectionType=\"Temporal\">\n");
  for (PetscInt i = 0; i < run->snapshot_count; i++) PutSnapshot(file, &layout, (PetscBool) !!wall, &run->snapshots[i]);
  (void)fprintf(file, "    </Grid>\n  </Domain>\n</Xdmf>\n");
  if (!fclose(file)) PetscCall(FieldFilePublish(temporary, path, PETSC_FALSE, reason));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunSeriesWrite - flow.xdmf, of the snapshots that there are. Collective. */
PetscErrorCode RunSeriesWrite(Run run)
{
  char reason[FIELD_MESSAGE] = "";

  PetscFunctionBegin;
  if (!run->rank) PetscCall(WriteSeries(run, reason));
  PetscCall(RunAgree(run, reason));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunSnapshotWrite - the state at hand as density-NNNNNN.h5, and the series that now holds it. Collective. */
PetscErrorCode RunSnapshotWrite(Run run)
{
  const char *const name = "density";
  char              path[PETSC_MAX_PATH_LEN];
  PetscInt          step;
  PetscReal         time;

  PetscFunctionBegin;
  PetscCall(JKOGetStepNumber(run->jko, &step));
  PetscCall(JKOGetTime(run->jko, &time));
  PetscCall(JKOGetDensity(run->jko, run->rho));
  PetscCall(RunPath(run, name, step, path));
  PetscCall(FieldToFile(run->grid, path, 1, &name, &run->rho, time, step));
  PetscCall(RunSnapshotAdd(run, step, time));
  PetscCall(RunSeriesWrite(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}
