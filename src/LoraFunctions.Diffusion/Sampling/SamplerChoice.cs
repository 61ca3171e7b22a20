namespace LoraFunctions.Diffusion.Sampling;

/// <summary>A sampler found by its name.</summary>
/// <param name="Name">As picture metadata calls it, e.g. <c>DPM++ 2M</c>.</param>
/// <param name="ScheduleType">As picture metadata calls it, e.g. <c>Karras</c>; null for samplers with a schedule of their own.</param>
public sealed record SamplerChoice(string Name, string? ScheduleType, ISampler Sampler)
{
    /// <summary>The name a person gives, e.g. <c>DPM++ 2M Karras</c>.</summary>
    public string FullName => ScheduleType is null or SamplerNames.UniformSchedule ? Name : $"{Name} {ScheduleType}";
}
