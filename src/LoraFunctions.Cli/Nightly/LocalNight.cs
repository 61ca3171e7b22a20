using System.Globalization;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli.Nightly;

/// <summary>A night on a folder of cars: the storage is an emulator of its own, photos, models and configuration are brought there by themselves.</summary>
/// <param name="folder">State, log and results.</param>
/// <param name="photos">A folder a car.</param>
/// <param name="minPhotos">Null: as the options say.</param>
internal sealed class LocalNight(CliConsole console, string folder, string photos, LocalModels models, int? minPhotos)
{
    private readonly LocalStorage _storage = new(console, folder, models, minPhotos);

    /// <param name="planOnly">Say what the night would do, and do nothing.</param>
    public async Task<int> RunAsync(string? date, bool planOnly, CancellationToken cancellationToken)
    {
        models.Check();
        TrainingConfiguration training = Training();
        var (options, gate) = NightSession.Read<NightlyOptions, GateOptions>(_storage.Settings());
        PhotoSurvey survey = PhotoSurvey.Of(photos, gate, options.MinPhotos, console.Line, cancellationToken);
        new LocalForecast(_storage.Configuration, models, training).Say(survey, console.Line);
        if (planOnly)
        {
            return ExitCodes.Success;
        }

        await using OpenNight open = await _storage.OpenAsync(cancellationToken);
        int changed = await survey.BringAsync(open.Night.Blobs, cancellationToken);
        console.Line(string.Create(CultureInfo.InvariantCulture, $"{changed} of {survey.Listings.Count} listings are new or changed ({open.BlobEndpoint})"));
        return await _storage.Session.RunAsync(open.Night, date, cancellationToken);
    }

    /// <summary>The training's configuration as it will hold; what is wrong with it is said before anything is made.</summary>
    private TrainingConfiguration Training()
    {
        string yaml = _storage.Configuration.Source(BlobNames.TrainingDefaults, models);
        return TrainingConfigurationReader.Read(new TrainingRequest
        {
            Configurations = [yaml],
            TrainDataDir = photos,
            MetadataPath = yaml, // its own comes with the data set
            BaseModel = models.BaseModel,
            OutputDir = Path.GetFullPath(Path.Combine(folder, "worker")),
        });
    }
}
