namespace LoraFunctions.Jobs.Configuration;

/// <summary>Where in which file a value stands, to be named in a problem.</summary>
internal readonly record struct YamlPlace(string File, long Line)
{
    public override string ToString() => $"{File}:{Line}";
}
