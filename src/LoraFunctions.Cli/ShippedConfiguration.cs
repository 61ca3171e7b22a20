namespace LoraFunctions.Cli;

/// <summary>The sample configuration that lies beside the command, for what nobody names.</summary>
internal static class ShippedConfiguration
{
    public static string LabelTable => Of("labels.yaml");

    public static string Models => Of("models.yaml");

    private static string Of(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "config", .. parts]);
}
