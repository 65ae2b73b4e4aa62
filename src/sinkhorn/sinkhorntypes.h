/* The step solvers that come with the library, a line each: name, constructor, cost. Included twice, to declare and to register. */
SINKHORN_TYPE(SINKHORNANDERSON, SinkhornCreate_Anderson, SinkhornCost_Anderson)
SINKHORN_TYPE(SINKHORNELLIPTIC, SinkhornCreate_Elliptic, SinkhornCost_Elliptic)
SINKHORN_TYPE(SINKHORNSNES, SinkhornCreate_SNES, SinkhornNever)
