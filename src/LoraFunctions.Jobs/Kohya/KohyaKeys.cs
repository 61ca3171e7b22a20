namespace LoraFunctions.Jobs.Kohya;

/// <summary>
/// What is known about the keys of kohya-ss/sd-scripts (library/train_util.py, train_network.py, docs/config_README-en.md) and of
/// Akegarasu/lora-scripts (mikazuki/schema) that have no counterpart here. Keys that have one are in <see cref="KohyaMapping"/>.
/// </summary>
internal static class KohyaKeys
{
    private const string Speed = "how it is computed, not what is learnt";
    private const string Saving = "the LoRA is written once, as .safetensors in fp16, with the best weights where photos are held out; checkpoints go by save_steps";
    private const string Logging = "log.csv, a plot and TensorBoard files are always written to output_dir";
    private const string Publishing = "nothing is uploaded";
    private const string Metadata = "the LoRA's metadata follows from the training";
    private const string Gui = "the other tool's own affair";
    private const string Samples = "sample pictures have fixed seeds, a fixed sampler and the training's resolution";
    private const string Resuming = "training goes on from its own checkpoints by itself";

    /// <summary>Keys that make no difference to the LoRA, with the reason.</summary>
    public static IReadOnlyDictionary<string, string> WithoutEffect { get; } = Table(
        (Speed, "xformers sdpa mem_eff_attn torch_compile dynamo_backend lowram highvram cache_latents cache_latents_to_disk vae_batch_size skip_cache_check "
            + "cache_text_encoder_outputs cache_text_encoder_outputs_to_disk text_encoder_batch_size max_data_loader_n_workers persistent_data_loader_workers "
            + "no_half_vae cpu_offload_checkpointing blocks_to_swap disable_mmap_load_safetensors fused_backward_pass fp8_base fp8_base_unet "
            + "deepspeed zero_stage offload_optimizer_device offload_optimizer_nvme_path offload_param_device offload_param_nvme_path zero3_init_flag "
            + "zero3_save_16bit_model fp16_master_weights_and_gradients ddp_timeout ddp_gradient_as_bucket_view ddp_static_graph tokenizer_cache_dir "
            + "cache_info debug_dataset full_fp16 full_bf16 gpu_ids num_processes num_machines"),
        (Saving, "save_model_as save_precision use_safetensors save_every_n_epochs save_n_epoch_ratio save_last_n_epochs save_last_n_epochs_state "
            + "save_last_n_steps save_last_n_steps_state save_state save_state_on_train_end"),
        (Logging, "logging_dir log_with log_prefix log_tracker_name log_tracker_config log_config wandb_run_name use_wandb console_log_level console_log_file console_log_simple"),
        (Publishing, "huggingface_repo_id huggingface_repo_type huggingface_path_in_repo huggingface_token huggingface_repo_visibility save_state_to_huggingface "
            + "resume_from_huggingface async_upload wandb_api_key"),
        (Metadata, "training_comment no_metadata metadata_title metadata_author metadata_description metadata_license metadata_tags metadata_usage_hint "
            + "metadata_thumbnail metadata_merged_from metadata_trigger_phrase metadata_preprocessor metadata_is_negative_embedding"),
        (Gui, "noise_offset_type name version author description train_type enable_preview ui_custom_params output_config config_file"),
        (Samples, "sample_sampler sample_width sample_height sample_cfg sample_seed sample_at_first negative_prompts randomly_choice_prompt"),
        (Resuming, "resume skip_until_initial_step initial_epoch initial_step"));

    /// <summary>Keys that would make a difference and are not built here, with what they do. Off or empty, they make none.</summary>
    public static IReadOnlyDictionary<string, string> NotSupported { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["v2"] = "this trains Stable Diffusion 1.5 only",
        ["v_parameterization"] = "what a model predicts is read from its scheduler_config.json; put the base model into a diffusers folder that says v_prediction",
        ["scale_v_pred_loss_like_noise_pred"] = "the loss of v-prediction is not rescaled",
        ["v_pred_like_loss"] = "the loss has no part like v-prediction's",
        ["loss_type"] = "the loss is the mean square",
        ["huber_schedule"] = "the loss is the mean square",
        ["huber_c"] = "the loss is the mean square",
        ["huber_scale"] = "the loss is the mean square",
        ["vae"] = "the base model's own VAE is used",
        ["reg_data_dir"] = "there are no pictures for regularisation",
        ["prior_loss_weight"] = "there are no pictures for regularisation",
        ["is_reg"] = "there are no pictures for regularisation",
        ["in_json"] = "captions are read from metadata.csv",
        ["metadata_file"] = "captions are read from metadata.csv",
        ["dataset_config"] = "give that file to the import as well",
        ["dataset_class"] = "photos are read in one way",
        ["conditioning_data_dir"] = "no ControlNet is trained here",
        ["masked_loss"] = "the loss looks at whole pictures",
        ["alpha_mask"] = "the loss looks at whole pictures",
        ["bucket_no_upscale"] = "small photos are scaled up to their bucket",
        ["color_aug"] = "colours are kept: they are part of what is learnt of a car",
        ["random_crop"] = "photos are cut in the middle",
        ["face_crop_aug_range"] = "photos are cut in the middle",
        ["resize_interpolation"] = "photos are scaled in one way",
        ["stop_text_encoder_training"] = "the text encoder is trained to the end or not at all",
        ["no_token_padding"] = "captions are padded as Stable Diffusion 1.5 was trained",
        ["loraplus_lr_ratio"] = "down and up have one learning rate",
        ["loraplus_unet_lr_ratio"] = "down and up have one learning rate",
        ["loraplus_text_encoder_lr_ratio"] = "down and up have one learning rate",
        ["network_multiplier"] = "the LoRA is trained at strength 1",
        ["caption_suffix"] = "words are put in front of captions only (trigger_words)",
        ["caption_separator"] = "captions are parted at commas",
        ["keep_tokens_separator"] = "the first keep_tokens parts of a caption stay in place",
        ["secondary_separator"] = "captions are parted at commas",
        ["enable_wildcard"] = "captions are taken as they stand",
        ["weighted_captions"] = "brackets in captions are words like others",
        ["caption_dropout_every_n_epochs"] = "captions are dropped by chance (caption_dropout), not by epochs",
        ["caption_tag_dropout_rate"] = "captions are dropped whole (caption_dropout)",
        ["token_warmup_min"] = "captions are whole from the start",
        ["token_warmup_step"] = "captions are whole from the start",
        ["max_token_length"] = "captions are cut after 75 tokens",
        ["clip_skip"] = "the text encoder's last layer is used, as Stable Diffusion 1.5 was trained",
        ["custom_attributes"] = "photos have a caption and nothing else",
        ["network_weights"] = "training starts from nothing; it cannot go on from another LoRA",
        ["dim_from_weights"] = "training starts from nothing; it cannot go on from another LoRA",
        ["base_weights"] = "bake them into the base model first: lora weights merge",
        ["base_weights_multiplier"] = "bake them into the base model first: lora weights merge",
        ["enable_base_weight"] = "bake them into the base model first: lora weights merge",
        ["scale_weight_norms"] = "weights are not held below a norm",
        ["network_train_text_encoder_only"] = "the UNet is trained always",
        ["enable_block_weights"] = "all blocks have one learning rate",
        ["down_lr_weight"] = "all blocks have one learning rate",
        ["mid_lr_weight"] = "all blocks have one learning rate",
        ["up_lr_weight"] = "all blocks have one learning rate",
        ["block_lr_zero_threshold"] = "all blocks have one learning rate",
        ["train_norm"] = "norms are not trained",
        ["dropout"] = "LyCORIS' own dropout; set lora_dropout",
        ["lokr_factor"] = "LoKr is not trained here",
        ["dylora_unit"] = "DyLoRA is not trained here",
        ["prodigy_d0"] = "the optimizer is AdamW",
        ["prodigy_d_coef"] = "the optimizer is AdamW",
        ["lr_scheduler_type"] = "schedulers are constant, cosine and linear",
        ["lr_scheduler_args"] = "schedulers are constant, cosine and linear",
        ["lr_decay_steps"] = "the learning rate falls over the whole training or not at all",
        ["lr_scheduler_timescale"] = "schedulers are constant, cosine and linear",
        ["lr_scheduler_min_lr_ratio"] = "the learning rate falls to zero or not at all",
        ["noise_offset_random_strength"] = "the noise offset is the same for every picture",
        ["multires_noise_iterations"] = "noise has one resolution",
        ["multires_noise_discount"] = "noise has one resolution",
        ["adaptive_noise_scale"] = "the noise offset is the same for every picture",
        ["ip_noise_gamma"] = "no noise is put on the input",
        ["ip_noise_gamma_random_strength"] = "no noise is put on the input",
        ["zero_terminal_snr"] = "the noise schedule is the base model's",
        ["min_timestep"] = "all timesteps are trained",
        ["max_timestep"] = "all timesteps are trained",
        ["validation_seed"] = "held-out photos follow from seed",
        ["validate_every_n_steps"] = "validations come by epochs (validate_every_epochs)",
        ["max_validation_steps"] = "a validation looks at every held-out photo",
        ["sample_every_n_steps"] = "sample pictures come by epochs (sample_every_epochs)",
    };

    /// <summary>Values of the table above that are what happens here.</summary>
    public static bool IsAsHere(KohyaSetting setting) => setting.IsOff || (setting.Key, setting.Text) switch
    {
        ("loss_type", "l2") or ("caption_separator", ",") or ("clip_skip", "1") or ("max_token_length", "75") => true,
        ("prior_loss_weight" or "network_multiplier", "1") => true,
        ("min_timestep", "0") or ("max_timestep", "1000") => true,

        // Only of meaning beside another key, which is named by itself.
        ("huber_schedule" or "huber_c" or "huber_scale" or "multires_noise_discount" or "block_lr_zero_threshold", _) => true,
        ("down_lr_weight" or "mid_lr_weight" or "up_lr_weight", var weights) => weights.Split(',').All(w => w.Trim() is "1" or "1.0"),
        _ => false,
    };

    private static Dictionary<string, string> Table(params ReadOnlySpan<(string Reason, string Keys)> rows)
    {
        var table = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (reason, keys) in rows)
        {
            foreach (var key in keys.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                table.Add(key, reason);
            }
        }

        return table;
    }
}
