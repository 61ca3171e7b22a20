namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>How kohya's sd-scripts call what our YAML has too: for those who write their keys from memory.</summary>
internal static class KohyaNames
{
    private static readonly Dictionary<string, string> Ours = new(StringComparer.Ordinal)
    {
        ["bucket_reso_steps"] = "bucket_step",
        ["caption_dropout_rate"] = "caption_dropout",
        ["caption_prefix"] = "trigger_words",
        ["conv_dim"] = "conv_rank",
        ["enable_bucket"] = "buckets",
        ["flip_aug"] = "flip",
        ["gradient_accumulation_steps"] = "gradient_accumulation",
        ["image_dir"] = "train_data_dir",
        ["max_train_epochs"] = "epochs",
        ["mixed_precision"] = "precision",
        ["network_alpha"] = "lora_alpha",
        ["network_dim"] = "lora_rank",
        ["network_dropout"] = "lora_dropout",
        ["num_repeats"] = "repeats",
        ["optimizer_type"] = "optimizer",
        ["pretrained_model_name_or_path"] = "base_model",
        ["sample_every_n_epochs"] = "sample_every_epochs",
        ["save_every_n_steps"] = "save_steps",
        ["text_encoder_lr"] = "text_encoder_learning_rate",
        ["train_batch_size"] = "batch_size",
        ["unet_lr"] = "learning_rate",
        ["validation_split"] = "validation_share",
    };

    /// <summary>Our key; null for a name that is not theirs or has no counterpart.</summary>
    public static string? Find(string name) => Ours.GetValueOrDefault(name);

    internal static IEnumerable<string> Counterparts => Ours.Values;
}
