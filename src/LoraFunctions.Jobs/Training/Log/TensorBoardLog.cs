using System.Text;

namespace LoraFunctions.Jobs.Training.Log;

/// <summary>
/// The training's numbers for TensorBoard (<c>tensorboard --logdir output_dir</c>), written step by step so that they can be watched. The
/// file follows from the step log alone, so a resumed training leaves the same bytes as an uninterrupted one: its name has no time and no
/// host, and where TensorBoard keeps the time of an event the step stands (its relative axis counts steps).
/// </summary>
internal sealed class TensorBoardLog(string path) : IDisposable
{
    private const string ValidationTag = "validation_loss";

    private static readonly byte[] s_validationTag = Encoding.UTF8.GetBytes(ValidationTag);

    private FileStream? _file;

    /// <summary>TensorBoard takes files with <c>tfevents</c> in their names, those of a folder in the order of the names.</summary>
    public static string NameFor(string model) => $"events.out.tfevents.0.{model}";

    public string FilePath => path;

    /// <summary>
    /// Training goes on after this step: later records go, records a kill has torn go, and missing ones are written again.
    /// </summary>
    /// <param name="rows">The step log's, none later than the step.</param>
    public void StartAfter(long step, IEnumerable<StepRow> rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var validations = TensorBoardRecord
            .Read(File.Exists(path) ? File.ReadAllBytes(path) : [])
            .Where(r => r.AsSpan().IndexOf(s_validationTag) >= 0)
            .ToLookup(r => (int)TensorBoardRecord.WallTimeOf(r));
        Rewrite(rows.TakeWhile(r => r.Step <= step), row => validations[row.Step].Take(1));
    }

    public void Add(StepRow row) => _file!.Write(Record(row));

    public void AddValidation(long step, double loss) => _file!.Write(Validation(step, loss));

    /// <summary>The whole file at the end of the training; validations of attempts on other machines come in here.</summary>
    public void Finish(IEnumerable<StepRow> rows, IReadOnlyDictionary<int, double> validationLosses) =>
        Rewrite(rows, row => validationLosses.TryGetValue(row.Step, out var loss) ? [Validation(row.Step, loss)] : []);

    public void Dispose() => _file?.Dispose();

    // In place: a TensorBoard that has the file open goes on reading where it is, and the same records stand there again.
    private void Rewrite(IEnumerable<StepRow> rows, Func<StepRow, IEnumerable<byte[]>> validationsAt)
    {
        using var content = new MemoryStream();
        content.Write(TensorBoardRecord.Version(wallTime: 0));
        foreach (var row in rows)
        {
            content.Write(Record(row));
            foreach (var validation in validationsAt(row))
            {
                content.Write(validation);
            }
        }

        _file ??= new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _file.Position = 0;
        content.WriteTo(_file);
        _file.SetLength(content.Length);
    }

    private static byte[] Record(StepRow row) =>
        TensorBoardRecord.Scalars(
            row.Step,
            row.Step,
            ("loss", row.Loss),
            ("learning_rate", row.LearningRate),
            ("gradient_norm", row.GradientNorm));

    private static byte[] Validation(long step, double loss) => TensorBoardRecord.Scalars(step, step, (ValidationTag, loss));
}
