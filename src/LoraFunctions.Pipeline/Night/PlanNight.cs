using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Night;

/// <summary>
/// Finds the listings that are new or changed since a data set took them in, and the car models to look at. The first plan of a date stays:
/// it is stored, and a night started again works on the same listings; one that has ended and is started again by a person takes what came
/// since too. A plan without any listing is not stored, so that a night that was started too early can be started again.
/// </summary>
internal sealed class PlanNight(BlobStore blobs, NightPlanner planner) : TaskActivity<NightInput, NightPlan>
{
    public override async Task<NightPlan> RunAsync(TaskActivityContext context, NightInput input)
    {
        var name = BlobNames.NightPlan(input.Date);
        if (await blobs.TryReadJsonAsync<NightPlan>(ContainerNames.Jobs, name, default) is { } stored)
        {
            return input.TakesWhatCameSince && await blobs.ExistsAsync(ContainerNames.Jobs, BlobNames.NightReport(input.Date, revision: 1), default)
                ? await GrownAsync(name, stored)
                : stored;
        }

        var plan = await planner.PlanAsync(input.Date, remember: true);
        if (plan.Listings.Count == 0)
        {
            return plan;
        }

        var committed = await blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, name, plan, default);
        return committed.Created ? plan : await blobs.ReadJsonAsync<NightPlan>(committed.Ref, default);
    }

    private async Task<NightPlan> GrownAsync(string name, NightPlan stored)
    {
        var later = await planner.PlanAsync(stored.Date, remember: true);
        var grown = stored.With(later);
        if (later.Listings.Count + later.Left.Count > 0)
        {
            // Before anything is done with it: a night that is killed goes on with the same.
            await blobs.SwapJsonAsync<NightPlan>(ContainerNames.Jobs, name, there => grown = there!.With(later), default);
        }

        return grown;
    }
}
