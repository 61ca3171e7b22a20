using LoraFunctions.Pipeline.Night;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Listings;

/// <summary>One listing as it is now, for a training that a person asks for.</summary>
internal sealed class LookAtListing(NightPlanner planner) : TaskActivity<string, PlannedListing>
{
    public override Task<PlannedListing> RunAsync(TaskActivityContext context, string input) => planner.LookAsync(input);
}
