using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Imaging;
using LoraFunctions.Jobs.Preparation;

namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>
/// One validator a concern; each adds all it finds. A value that could not be read was reported before and is empty here.
/// </summary>
internal static class TrainingValidators
{
    /// <summary>Configuration, where a key stands ("file:line: key: "), and where problems go.</summary>
    public static IReadOnlyList<Action<TrainingConfiguration, Func<string, string>, Problems>> All { get; } =
    [DataIsThere, BaseModelIsThere, StartIsThere, OutputIsNoFile, OutputIsApartFromPhotos, SamplePromptsHaveNoTags];

    private static void DataIsThere(TrainingConfiguration configuration, Func<string, string> place, Problems problems)
    {
        if (configuration.TrainDataDir.Length > 0 && !Directory.Exists(configuration.TrainDataDir))
        {
            problems.Add($"{place(TrainingKeys.TrainDataDir)}there is no folder {configuration.TrainDataDir}.");
        }
        else if (configuration.MetadataPath.Length > 0 && !File.Exists(configuration.MetadataPath))
        {
            problems.Add($"{place(TrainingKeys.MetadataPath)}there is no file {configuration.MetadataPath}; 'lora label' writes it{Texts(configuration.TrainDataDir)}.");
        }
    }

    private static void BaseModelIsThere(TrainingConfiguration configuration, Func<string, string> place, Problems problems)
    {
        if (configuration.BaseModel.Length > 0 && !File.Exists(configuration.BaseModel) && !Directory.Exists(configuration.BaseModel))
        {
            problems.Add(
                $"{place(TrainingKeys.BaseModel)}there is no base model {Path.GetFileName(configuration.BaseModel)}; looked for a file "
                    + $"or a diffusers folder at {configuration.BaseModel}.");
        }
    }

    private static void StartIsThere(TrainingConfiguration configuration, Func<string, string> place, Problems problems)
    {
        if (configuration.StartFrom.Length > 0 && !File.Exists(configuration.StartFrom))
        {
            problems.Add($"{place(TrainingKeys.StartFrom)}there is no LoRA {configuration.StartFrom}.");
        }
    }

    private static void OutputIsNoFile(TrainingConfiguration configuration, Func<string, string> place, Problems problems)
    {
        if (File.Exists(configuration.OutputDir))
        {
            problems.Add($"{place(TrainingKeys.OutputDir)}{configuration.OutputDir} is a file; name a folder.");
        }
    }

    /// <summary>Sample sheets and the plot would be taken for photos without a caption the next time.</summary>
    private static void OutputIsApartFromPhotos(TrainingConfiguration configuration, Func<string, string> place, Problems problems)
    {
        var photos = Path.TrimEndingDirectorySeparator(configuration.TrainDataDir) + Path.DirectorySeparatorChar;
        if (configuration.TrainDataDir.Length > 0
            && (configuration.OutputDir + Path.DirectorySeparatorChar).StartsWith(photos, StringComparison.Ordinal))
        {
            problems.Add(
                $"{place(TrainingKeys.OutputDir)}{configuration.OutputDir} lies in train_data_dir, where its pictures would be taken for photos; "
                    + "name a folder outside of it.");
        }
    }

    private static void SamplePromptsHaveNoTags(TrainingConfiguration configuration, Func<string, string> place, Problems problems)
    {
        foreach (var prompt in configuration.SamplePrompts)
        {
            var tags = PromptTags.Extract(prompt);
            if (tags.Loras.Count + tags.Problems.Count > 0)
            {
                problems.Add($"{place(TrainingKeys.SamplePrompts)}'{prompt}' has a <tag>; the LoRA in training is added by itself, so remove it.");
            }
        }
    }

    /// <summary>Who comes from another trainer has captions already.</summary>
    private static string Texts(string folder) =>
        Directory.Exists(folder) && SetCaptions.TextsBeside(folder, PictureFolder.Names(folder)) is > 0 and var texts ? $", and 'lora captions from-text {folder}' makes it of the {texts} text files beside the photos" : "";
}
