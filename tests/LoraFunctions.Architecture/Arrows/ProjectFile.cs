using System.Xml.Linq;

namespace LoraFunctions.Architecture.Arrows;

/// <summary>What a project file refers to.</summary>
/// <param name="Name">File name without extension.</param>
/// <param name="Projects">Names of the referenced projects.</param>
/// <param name="Packages">Ids of the referenced packages, under whatever condition.</param>
internal sealed record ProjectFile(string Name, string Path, IReadOnlyList<string> Projects, IReadOnlyList<string> Packages)
{
    public static IReadOnlyList<ProjectFile> All { get; } = [.. Repository.Files("src", ".csproj").Concat(Repository.Files("tests", ".csproj")).Select(Load)];

    public static IReadOnlyList<ProjectFile> Sources { get; } = [.. All.Where(project => project.Path.StartsWith("src/", StringComparison.Ordinal))];

    public static ProjectFile Named(string name) => All.Single(project => project.Name == name);

    /// <summary>This project and every one it reaches through references.</summary>
    public IReadOnlyList<ProjectFile> Closure()
    {
        var reached = new List<ProjectFile>();
        var waiting = new Queue<ProjectFile>([this]);
        while (waiting.TryDequeue(out var project))
        {
            if (reached.Contains(project))
            {
                continue;
            }

            reached.Add(project);
            foreach (var name in project.Projects)
            {
                waiting.Enqueue(Named(name));
            }
        }

        return reached;
    }

    private static ProjectFile Load(string path)
    {
        var xml = XDocument.Parse(Repository.Read(path));
        return new ProjectFile(
            System.IO.Path.GetFileNameWithoutExtension(path),
            path,
            [.. Includes(xml, "ProjectReference").Select(reference => System.IO.Path.GetFileNameWithoutExtension(reference.Replace('\\', '/')))],
            [.. Includes(xml, "PackageReference")]);
    }

    private static IEnumerable<string> Includes(XDocument xml, string element) =>
        xml.Descendants().Where(node => node.Name.LocalName == element).Select(node => (string?)node.Attribute("Include")).OfType<string>();
}
