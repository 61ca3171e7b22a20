using LoraFunctions.Cli.Models;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Showroom;

namespace LoraFunctions.Cli.Nightly;

/// <summary>The models of a night on this machine: those that a person gives, or small ones that know drawn cars.</summary>
/// <param name="baseModel">A checkpoint file or folder; null: the small one.</param>
/// <param name="clip">A folder in HF layout; null: none that knows these photos.</param>
internal sealed class LocalModels(string? baseModel, string? clip)
{
    public const string SmallName = "showroom";

    public const string ClipName = "showroom-clip";

    public string BaseModel { get; } = Path.GetFullPath(baseModel ?? ShowroomModels.BaseModel);

    public bool IsSmall => IsSame(BaseModel, ShowroomModels.BaseModel);

    /// <summary>Sample of the label table that goes with the CLIP.</summary>
    public string LabelTable => clip is null ? "photos/labels.yaml" : IsSame(clip, ShowroomModels.Clip) ? "demo/labels.yaml" : "labels.yaml";

    /// <summary>Whether something looks at the photos for their captions.</summary>
    public bool LabelsPhotos => clip is not null;

    private string Clip => clip ?? ShowroomModels.Clip;

    /// <summary>Names in the storage; a person's models are called as their files are.</summary>
    public (string BaseModel, string Clip) Names => (
        IsSmall ? SmallName : NameOf(BaseModel),
        IsSame(Clip, ShowroomModels.Clip) ? ClipName : NameOf(Clip));

    /// <summary>From the files' headers, before anything is made.</summary>
    /// <exception cref="CheckpointException">It is no Stable Diffusion 1.5, or damaged; every fault is in it.</exception>
    public void Check() => StableDiffusionModel.Check(BaseModel);

    /// <summary>Sees to it that base model and CLIP are in the storage; what is there is hashed and not sent again.</summary>
    /// <exception cref="InvalidJobInputException">Another model has the name of one of them.</exception>
    public async Task EnsureAsync(BaseModelCatalog catalog, CancellationToken cancellationToken)
    {
        foreach (LocalModel model in new[] { LocalModel.Of(Clip, Names.Clip), LocalModel.Of(BaseModel, Names.BaseModel) })
        {
            BaseModelUpload plan = await catalog.PlanAsync(model.Name, model.Files, cancellationToken);
            if (plan.Problems.Count > 0)
            {
                throw new InvalidJobInputException([.. plan.Problems.Select(problem => $"{problem} Or give another --folder.")]);
            }

            await catalog.UploadAsync(plan, progress: null, cancellationToken);
        }
    }

    private static string NameOf(string path) => LocalModel.Of(path, name: null).Name;

    private static bool IsSame(string one, string other) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(one)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(other));
}
