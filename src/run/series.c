/* flow.xdmf and film.xdmf, which tie the files of a series together for ParaView: always the whole series, each grid a rectilinear mesh on
   the cell centres that its own file holds. Source: XDMF 3 model and format. */
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

/* RunSeriesAdd - notes a file of a series. Not collective. */
PetscErrorCode RunSeriesAdd(RunSeries *series, PetscInt step, PetscReal time)
{
  PetscFunctionBegin;
  if (series->count == series->space) {
    series->space = 2 * series->space + 16;
    PetscCall(PetscRealloc((size_t)series->space * sizeof *series->item, &series->item));
  }
  series->item[series->count++] = (RunSnapshot){.step = step, .time = time};
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
static void PutField(FILE *file, const char dataset[], const char type[], const char sizes[], const char name[])
{
  (void)fprintf(file, "        <Attribute Name=\"%s\" AttributeType=\"Scalar\" Center=\"Node\">\n", dataset);
  (void)fprintf(file, "          <DataItem Dimensions=\"%s\" NumberType=\"%s\" Format=\"HDF\">%s:/%s</DataItem>\n", sizes, type, name,
                dataset);
  (void)fprintf(file, "        </Attribute>\n");
}

static void PutSnapshot(FILE *file, const FieldLayout *layout, PetscBool walls, const char kind[], PetscInt n, const char *const fields[],
                        const RunSnapshot *snapshot)
{
  char name[64], sizes[96]; /* of the mesh, and of what lies on it: ParaView does not take fewer axes for the latter */

  (void)snprintf(sizes, sizeof sizes, "%s", layout->rank == 3 ? "" : layout->rank == 2 ? "1 " : "1 1 ");
  (void)snprintf(name, sizeof name, "%s-%06" PetscInt_FMT ".h5", kind, snapshot->step);
  for (int i = 0; i < layout->rank; i++)
    (void)snprintf(sizes + strlen(sizes), sizeof sizes - strlen(sizes), "%s%lld", i ? " " : "", (long long)layout->size[i]);
  (void)fprintf(file, "      <Grid Name=\"step %" PetscInt_FMT "\">\n        <Time Value=\"%.17g\"/>\n", snapshot->step,
                (double)snapshot->time);
  (void)fprintf(file, "        <Topology TopologyType=\"3DRectMesh\" Dimensions=\"%s\"/>\n", sizes);
  PutMesh(file, layout, name);
  for (PetscInt i = 0; i < n; i++) PutField(file, fields[i], "Float\" Precision=\"8", sizes, name);
  if (walls) PutField(file, "wall", "Char\" Precision=\"1", sizes, name);
  (void)fprintf(file, "      </Grid>\n");
}

/* On the first rank. */
static PetscErrorCode WriteSeries(Run run, const char name[], const char kind[], PetscInt n, const char *const fields[],
                                  const RunSeries *series, char reason[])
{
  char        path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN];
  FieldLayout layout;
  const char *wall;
  FILE       *file;

  PetscFunctionBegin;
  PetscCall(RunPath(run, name, -1, path));
  PetscCall(PetscSNPrintf(temporary, sizeof temporary, "%s.part", path));
  PetscCall(FieldGetLayout(run->grid, &layout));
  PetscCall(GridGetWalls(run->grid, &wall));
  PetscCall(PetscSNPrintf(reason, FIELD_MESSAGE, "%s cannot be written", name));
  file = RunOwnCreate(temporary);
  if (!file) PetscFunctionReturn(PETSC_SUCCESS);
  (void)fprintf(file, "<?xml version=\"1.0\"?>\n<Xdmf Version=\"3.0\">\n  <Domain>\n");
  (void)fprintf(file, "    <Grid Name=\"flow\" GridType=\"Collection\" CollectionType=\"Temporal\">\n");
  for (PetscInt i = 0; i < series->count; i++) PutSnapshot(file, &layout, (PetscBool) !!wall, kind, n, fields, &series->item[i]);
  (void)fprintf(file, "    </Grid>\n  </Domain>\n</Xdmf>\n");
  if (!fclose(file)) PetscCall(FieldFilePublish(temporary, path, PETSC_FALSE, reason));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunSeriesWrite - the file `name` of a series of files "kind-NNNNNN.h5", each with the fields. Collective. */
PetscErrorCode RunSeriesWrite(Run run, const char name[], const char kind[], PetscInt n, const char *const fields[],
                              const RunSeries *series)
{
  char reason[FIELD_MESSAGE] = "";

  PetscFunctionBegin;
  if (!run->rank) PetscCall(WriteSeries(run, name, kind, n, fields, series, reason));
  PetscCall(RunAgree(run, reason));
  PetscFunctionReturn(PETSC_SUCCESS);
}
