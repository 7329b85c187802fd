import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import org.h2.mvstore.MVStore;

/**
 * mongo-java-server on loopback, over one file: `Launcher PORT FILE`.
 *
 * <p>It does one command after the other, and answers with copies: the server itself sends its own documents, which the
 * next command may be changing already.
 *
 * <p>It says that it speaks as MongoDB 5.0 does (wire version 13), because drivers of today do not talk to the version
 * it names by itself. An answer leaves after what it acknowledges was written to the file, so that killing this process
 * loses nothing; a power cut is another matter.
 */
final class Launcher {
    public static void main(String[] arguments) {
        MVStore file = new MVStore.Builder().fileName(arguments[1]).autoCommitDisabled().open();
        H2Backend backend = new H2Backend(file) {
            @Override
            public synchronized Document handleMessage(MongoMessage message) {
                Document answer = super.handleMessage(message).cloneDeeply();
                file.commit();
                return answer;
            }
        };
        backend.version(new MongoVersion() {
            @Override
            public List<Integer> getVersionArray() {
                return List.of(5, 0, 0);
            }

            @Override
            public int getWireVersion() {
                return 13;
            }
        });
        MongoServer server = new MongoServer(backend);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    }
}
