/** A node that has nothing to do. */
import "../../mod.ts";
