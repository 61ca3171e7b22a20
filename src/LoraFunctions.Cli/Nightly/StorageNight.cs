using System.Globalization;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Configuration;

namespace LoraFunctions.Cli.Nightly;

/// <summary>
/// A night on a storage that is there, with its photos, models and configuration. Options come from the environment, e.g.
/// <c>Nightly__MinPhotos</c>.
/// </summary>
internal sealed class StorageNight(CliConsole console, string folder, string connectionString)
{
    public async Task<int> RunAsync(string? date, bool planOnly, CancellationToken cancellationToken)
    {
        var session = new NightSession(console, folder);
        using FileStream mine = session.Take();
        string connection = $"{StorageOptions.Section}:{nameof(StorageOptions.ConnectionString)}";
        IConfiguration configuration = new ConfigurationBuilder()
            .AddEnvironmentVariables()
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>(connection, connectionString)])
            .Build();

        // Other workers may serve the same queue: a name that no process had before.
        string workerName = string.Create(
            CultureInfo.InvariantCulture,
            $"lora-{Environment.MachineName}-{Environment.ProcessId}-{TimeProvider.System.GetUtcNow():yyyyMMddHHmmss}");
        await using NightRun night = session.Open(configuration, workerName);
        await StorageOption.ReachAsync(night.Blobs.Uri, () => night.EnsureStorageAsync(cancellationToken));
        await CheckModelsAsync(night, cancellationToken);
        if (planOnly)
        {
            Say(await night.ForecastAsync(cancellationToken), night.Options);
            return ExitCodes.Success;
        }

        return await session.RunAsync(night, date, cancellationToken);
    }

    private void Say(NightForecast forecast, NightlyOptions options)
    {
        console.Line($"{forecast.Listings.Count} listings are new or changed");
        foreach (PlannedListing listing in forecast.Listings)
        {
            console.Line($"  {listing.ListingId} ({listing.Vehicle.DisplayName})");
        }

        foreach (ForecastModel model in forecast.Models)
        {
            console.Line($"{model.DisplayName}: {model.Photos} photos{(model.NewPhotos > 0 ? $" and {model.NewPhotos} new ones for the gate" : "")}: "
                + (model.Reason is { } reason ? $"not trained, {reason}" : "trained, if the gate lets enough of them through"));
        }

        foreach (ForecastPair pair in forecast.Pairs)
        {
            console.Line($"  {pair.Left} vs {pair.Right}: {pair.Pictures} pictures of {pair.Width}x{pair.Height}");
        }

        foreach (ReportedProblem problem in forecast.Problems)
        {
            console.Line($"  left out: {problem.Subject}: {problem.Reason}");
        }

        int trainings = forecast.Models.Count(model => model.IsTrained);
        TimeSpan takes = forecast.TrainingTime * Math.Ceiling(trainings / (double)options.MaxTrainingsAtOnce);
        console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{trainings} trainings, {forecast.Pairs.Sum(pair => pair.Pictures)} pictures. The trainings take about {takes.TotalHours:0.0} hours at {forecast.TrainingTime.TotalMinutes:0.#} minutes each ({(forecast.IsMeasured ? "as the newest took" : "Nightly:TrainingTime; none has been measured yet")}) on {options.MaxTrainingsAtOnce} GPU workers; a night has {(options.Deadline - options.Start - options.RenderingTime).TotalHours:0.0} for them."));
    }

    /// <summary>Without its models the whole night would fail job by job.</summary>
    private static async Task CheckModelsAsync(NightRun night, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (string name in new[] { night.Options.BaseModel, night.Options.Clip })
        {
            try
            {
                await night.Models.ResolveAsync(name, cancellationToken);
            }
            catch (MissingBlobException exception)
            {
                problems.Add(exception.Message);
            }
        }

        if (problems.Count > 0)
        {
            throw new InvalidJobInputException(problems);
        }
    }
}
